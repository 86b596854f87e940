import type { User, UserId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { statement } from './statement.ts'
import { toUser, type UserRow } from './users.ts'

const ROWS_PER_READ = 250
const MOST_ROWS_SCANNED = 20_000
const LONGEST_MS = 250

/**
 * People whose name or handle begins so, any case in any script, the newest first. Databases fold case differently and keys
 * are digests, so it is done here, page by page: beyond the 20,000 people who came last, or a quarter of a second, nobody is
 * found. Others have their turn between pages.
 */
export async function filterPeople(
  reader: Reader,
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<User[]> {
  const wanted = folded(text.trim().replace(/^@/, ''))
  const begunAt = performance.now()
  const found: User[] = []
  let before = '~'
  for (let scanned = 0; scanned < MOST_ROWS_SCANNED; scanned += ROWS_PER_READ) {
    const rows = await reader.all(peopleBefore, { before, limit: ROWS_PER_READ })
    for (const row of rows) {
      if (!folded(row.name).startsWith(wanted) && !folded(row.handle).startsWith(wanted)) continue
      if (found.push(toUser(row)) === limit) return found
    }
    const last = rows.at(-1)
    if (!last || rows.length < ROWS_PER_READ || performance.now() - begunAt > LONGEST_MS) break
    before = last.id
    await new Promise(setImmediate)
  }
  return found
}

// Upper and lower once each, so that `ß` and `SS` are alike; and a sigma, however the word goes on.
const folded = (text: string): string => text.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ')

const peopleBefore = statement<{ before: string; limit: number }, UserRow>(({ db, params, bodyText }) =>
  db
    .selectFrom('users as u')
    .innerJoin('texts as h', 'h.id', 'u.handle_text')
    .innerJoin('texts as n', 'n.id', 'u.name_text')
    .select(['u.id', 'u.kind', 'u.version', 'u.role', 'u.deleted_at'])
    .select([bodyText('h.body').as('handle'), bodyText('n.body').as('name')])
    .where('u.id', '<', params.before as UserId) // as: any text may be a place between ids
    .where('u.deleted_at', 'is', null)
    .where('u.disabled_at', 'is', null)
    .orderBy('u.id', 'desc')
    .limit(params.limit),
)
