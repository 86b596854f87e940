import { join } from 'node:path'
import { Caller } from './caller.ts'
import { Canaries } from './canaries.ts'
import { type DatabaseName, Deployment, setUpToken } from './deployment.ts'
import { Plot, type Stayers } from './plot.ts'
import { type Hit, Scanner } from './scan.ts'

export interface ErasureResult {
  readonly canaries: number
  /** Of those that are kept until they are erased, how many the search found before: it sees what there is to see. */
  readonly foundBefore: number
  readonly stored: number
  readonly receipts: number
  /** What was searched, in all. */
  readonly bytes: number
  /** What was found, or could be read, that should not be. */
  readonly problems: readonly string[]
}

/**
 * People type canaries everywhere, a backup is made, then everything is erased. Nobody can read them through Parley at once, and
 * no file, log or key holds a byte of them when there are receipts; with PostgreSQL after `erase --physical`. The same holds
 * for the backup from before, restored with the ledger.
 */
export async function erasureRun(ask: {
  readonly database: DatabaseName
  readonly canaries: number
}): Promise<ErasureResult> {
  const deployment = await Deployment.opened(ask.database)
  const canaries = new Canaries()
  const scanner = new Scanner(canaries.marker)
  const problems: string[] = []
  const note = (when: string, hits: readonly Hit[]) => {
    for (const text of said(canaries, when, hits)) problems.push(text)
  }
  try {
    const stayers = await settle(deployment)
    const plots: Plot[] = []
    while (canaries.all.length < ask.canaries)
      plots.push(await Plot.planted(canaries, () => deployment.server.url, stayers))
    const receipts = plots.length * Plot.receipts
    const backup = join(deployment.folder(), '..', `parley-erasure-${process.pid}-${crypto.randomUUID()}.backup`)
    await using _ = removed(backup)
    const isAfter = (word: string) => !canaries.whereOf(word).startsWith('deleted account')
    const before = await deployment.search(scanner)
    const foundBefore = new Set(before.flatMap((hit) => canaries.in(hit.around)))
    await deployment.says(['backup', backup])

    for (const plot of plots) await plot.eraseMessagesAndRoom()
    const shown = await readable(stayers, canaries)
    for (const word of shown.filter((one) => isAfter(one) && !canaries.whereOf(one).startsWith('deleted guest')))
      problems.push(`readable at once after its erasing: ${canaries.whereOf(word)}`)
    for (const plot of plots) await plot.erasePeople()
    await deployment.erased(receipts)
    const end = async (when: string) => {
      for (const word of await readable(stayers, canaries)) problems.push(`readable ${when}: ${canaries.whereOf(word)}`)
      if (ask.database === 'postgres') await deployment.says(['erase', '--physical'])
      note(when, await deployment.search(scanner))
      const flows = await deployment.listens(scanner, async () => {
        await stayers.witness.does('post-message', { roomId: stayers.roomId, body: 'life goes on' })
      })
      note(when, flows)
      const receiptsShown = await deployment.says(['erase', '--receipts'])
      const count = receiptsShown.split('\n').filter((line) => line.includes('finished')).length
      if (count !== receipts) problems.push(`${count} of ${receipts} receipts are shown ${when}`)
      const verdict = await deployment.says(['doctor'])
      if (!verdict.includes('0 failing')) problems.push(`the doctor finds something ${when}: ${verdict}`)
    }
    await end('after the receipts')
    await deployment.restores(backup)
    await deployment.erased(receipts)
    await end('in the restored backup')
    await deployment.terminate()
    note('when all has ended', await deployment.search(scanner))
    const stored = canaries.all.filter(({ lifetime }) => lifetime === 'kept')
    return {
      canaries: canaries.all.length,
      foundBefore: stored.filter(({ word }) => foundBefore.has(word)).length,
      stored: stored.length,
      receipts,
      bytes: scanner.bytes,
      problems: [...new Set(problems)],
    }
  } finally {
    await deployment.close()
  }
}

/** The owner of the server, who stays, and a room that stays. */
async function settle(deployment: Deployment): Promise<Stayers> {
  const url = () => deployment.server.url
  const password = 'a tram to the harbour'
  const witness = await new Caller(url).registers({
    handle: 'witness',
    name: 'Witness',
    password,
    email: 'witness@example.org',
  })
  await witness.does('become-owner', { token: setUpToken(deployment.server) })
  const { roomId = '' } = await witness.does('create-room', { name: 'Harbour', topic: 'what stays' })
  return { witness, roomId }
}

/** Every canary that the owner of the server can still come by. */
async function readable({ witness, roomId }: Stayers, canaries: Canaries): Promise<string[]> {
  const texts: string[] = []
  const asks = async (name: string, input: object) => {
    texts.push((await witness.tries(`queries/${name}`, input)).text)
  }
  const mine = await witness.tries('queries/list-my-rooms', {})
  texts.push(mine.text)
  const known: { rooms?: { id?: string; room?: { id: string } }[] } = JSON.parse(mine.text)
  const rooms = new Set([roomId, ...(known.rooms ?? []).flatMap((one) => one.id ?? one.room?.id ?? [])])
  for (const room of rooms) {
    await asks('get-room', { roomId: room })
    await asks('list-members', { roomId: room, limit: 100 })
    for (let after = 0; after < 1_000; after += 100) await asks('list-messages', { roomId: room, after, limit: 100 })
  }
  await asks('find-people', { text: canaries.marker })
  await asks('list-rooms', { list: 'existing', filter: canaries.marker, limit: 50 })
  await asks('list-rooms', { list: 'existing', limit: 50 })
  await asks('list-people', { limit: 50 })
  await asks('list-all-rooms', { limit: 50 })
  await asks('list-invitations', {})
  return canaries.in(texts.join('\n'))
}

/** One line for each place and canary. */
function said(canaries: Canaries, when: string, hits: readonly Hit[]): string[] {
  return hits.map(({ where, form, around }) => {
    const [word] = canaries.in(around)
    return `found ${when} in ${where} (${form}): ${word === undefined ? JSON.stringify(around) : canaries.whereOf(word)}`
  })
}

function removed(path: string): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => import('node:fs/promises').then(({ rm }) => rm(path, { force: true })) }
}
