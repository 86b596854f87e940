import { type CommandInput, type CommandName, type CommandOutput, newId, type RoomId } from '@parley/protocol'
import type { Progress } from '../../../server/src/backup/progress.ts'
import { StartError } from '../../../server/src/start-error.ts'
import { type Admission, type AdmissionAsk, findAdmission, type Made, Unanswered } from './admission.ts'
import type { Belongings } from './belongings.ts'
import type { ChatServer } from './chat-server.ts'
import { explained } from './explain.ts'
import type { History } from './history.ts'
import type { Pace } from './pace.ts'
import { otherProtocol, Reader, Unheard } from './reader.ts'
import type { SeededRandom } from './seeded-random.ts'
import { Visitor } from './visitor.ts'

export interface CheckAsk extends AdmissionAsk {
  /** An origin. */
  readonly url: string
  readonly seed: number
  readonly seconds: number
  readonly people: number
  readonly rooms: number
  /** Of posts and changes in a second, everybody's together. */
  readonly rate: number
  readonly keepHistory?: string | undefined
}

export interface Around {
  readonly progress: Progress
  /** Aborted: stop, remove what was made, judge nothing. */
  readonly signal: AbortSignal
}

export interface Scene {
  readonly ask: CheckAsk
  readonly around: Around
  readonly belongings: Belongings
  readonly pace: Pace
  readonly server: ChatServer
}

export interface Gathering {
  readonly visitors: readonly Visitor[]
  /** Enters no room. */
  readonly stranger: Visitor
  readonly reader: Reader
  readonly rooms: readonly { readonly id: RoomId; readonly owner: Visitor }[]
}

interface Recording {
  readonly history: History
  readonly random: SeededRandom
}

const CONNECT_WITHIN_MS = 30_000
const ANSWER_WITHIN_MS = 30_000

/** Makes people and rooms and brings everybody into every room. Errors: `StartError`, with what would help. */
export async function gather(scene: Scene, recording: Recording): Promise<Gathering> {
  const { ask, around, server } = scene
  const { random } = recording
  const admission = await findAdmission(server, ask, around.signal)
  const name = `check ${newName()}`
  const reader = new Reader(server, await letIn(scene, admission, `${name} reader`))
  await reader.greets().catch((error) => Promise.reject(withoutSocket(ask.url, error)))
  const connected = async (label: string) =>
    connect(scene, recording, { label, made: await letIn(scene, admission, label) })
  const stranger = await connected(`${name} stranger`)
  const visitors: Visitor[] = []
  for (let index = 1; index <= ask.people; index++) visitors.push(await connected(`${name} ${index}`))
  const rooms: { id: RoomId; owner: Visitor }[] = []
  for (let index = 1; index <= ask.rooms; index++) {
    const owner = random.pick(visitors)
    rooms.push({ id: await createRoom(scene, recording, { name: `Parley ${name} ${index}`, owner }), owner })
  }
  const { signal } = around
  for (const { id } of rooms) {
    const asReader = { client: 'the reader', made: reader.made }
    await does(scene, recording, { ...asReader, name: 'enter-room', input: { roomId: id } })
    await Promise.all(visitors.map((visitor) => visitor.opens(id, CONNECT_WITHIN_MS, signal)))
  }
  stranger.client.openLobby()
  requireGoingOn(signal)
  return { visitors, stranger, reader, rooms }
}

export function requireGoingOn({ aborted }: AbortSignal): void {
  if (aborted) throw new StartError('The check was stopped, so nothing was judged.')
}

async function letIn({ ask, around, belongings }: Scene, { admit }: Admission, name: string): Promise<Made> {
  requireGoingOn(around.signal)
  around.progress({ what: 'Entering', done: belongings.people.length, total: ask.people + 2 })
  try {
    const made = await admit(name)
    belongings.people.push(made)
    return made
  } catch (error) {
    if (error instanceof Unanswered) belongings.doubtful.push(`"${error.what}"`)
    throw error
  }
}

async function connect(
  { ask: { url }, around: { signal }, pace }: Scene,
  { history, random }: Recording,
  { label, made }: { label: string; made: Made },
): Promise<Visitor> {
  const visitor = new Visitor({ url, label, made, history, pace, random: random.fork().next })
  if (await visitor.connects(CONNECT_WITHIN_MS, signal)) return visitor
  visitor.goes()
  requireGoingOn(signal)
  throw new StartError(`${url} let "${label}" in, but no connection came about within 30 s.`)
}

async function createRoom(
  scene: Scene,
  recording: Recording,
  { name, owner }: { name: string; owner: Visitor },
): Promise<RoomId> {
  const input = { name, topic: 'Made by "parley check", which removes it again.' }
  const { label: client, made } = owner
  try {
    const { roomId } = await does(scene, recording, { client, made, name: 'create-room', input })
    scene.belongings.rooms.push({ id: roomId, name, owner: made })
    return roomId
  } catch (error) {
    if (error instanceof Unanswered) scene.belongings.doubtful.push(`the room "${name}"`)
    throw error
  }
}

/** A command over HTTP that has to succeed, and is in the history. */
async function does<Name extends CommandName>(
  { server, around }: Scene,
  { history }: Recording,
  { client, made, name, input }: { client: string; made: Made; name: Name; input: CommandInput<Name> },
): Promise<CommandOutput<Name>> {
  requireGoingOn(around.signal)
  const id = newId<string>()
  const who = { client, user: made.user.id }
  history.invoked(who, { id, name, input })
  const answer = await server.patiently(() => server.command(name, input, { token: made.token, id }), {
    withinMs: ANSWER_WITHIN_MS,
  })
  if (answer.kind === 'away') throw new Unanswered(name, explained(server.url, answer).message)
  if (answer.kind === 'refused') throw explained(server.url, answer)
  history.answered(who, id, { output: answer.output })
  return answer.output
}

/** Pages and requests come through, sockets do not: nearly always a proxy. */
function withoutSocket(url: string, error: unknown): unknown {
  if (!(error instanceof Unheard)) return error
  if (error.code === 4101) return new StartError(`At ${url} ${otherProtocol()}.`)
  if (error.code === undefined) return error
  return new StartError(
    `${url} answers requests, but no WebSocket comes about at ${url}/socket (${error.code}). A proxy in front of it has to pass "Upgrade" and "Connection" on: deploy/ has settings for Nginx and Caddy.`,
  )
}

/** Without letters that look like others or like digits, because names that look alike are refused. */
function newName(): string {
  const letters = 'abcdefghjkpqtuxyz'
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => letters[byte % letters.length]).join('')
}
