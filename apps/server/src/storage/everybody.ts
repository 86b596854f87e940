import type { PersonInfo, UserId } from '@parley/protocol'
import type { Reader } from './database.ts'
import { type Building, statement } from './statement.ts'
import { toUser, type UserRow } from './users.ts'

const ROWS_PER_READ = 500
const MOST_ROWS_SCANNED = 20_000

interface Ask {
  /** An id; `~` sorts behind all. */
  readonly after: string
  readonly now: number
  readonly limit: number
}

interface Row extends UserRow {
  readonly created_at: number
  readonly disabled_at: number | null
  readonly email: string | null
  readonly sessions: number | null
}

/** Everybody who is not deleted, as administrators see them, the newest first. */
export async function pageOfEverybody(reader: Reader, ask: Ask): Promise<PersonInfo[]> {
  return (await reader.all(page, ask)).map(toInfo)
}

/**
 * Those whose name or handle contains the text, any case in any script. Databases fold case differently, so it is done here,
 * page by page; beyond the 20,000 newest people nobody is found.
 */
export async function filterEverybody(
  reader: Reader,
  { filter, now }: { readonly filter: string; readonly now: number },
): Promise<PersonInfo[]> {
  const wanted = folded(filter.replace(/^@/, ''))
  const found: PersonInfo[] = []
  let after = '~'
  for (let scanned = 0; scanned < MOST_ROWS_SCANNED; scanned += ROWS_PER_READ) {
    const people = await pageOfEverybody(reader, { after, now, limit: ROWS_PER_READ })
    for (const person of people) {
      if (folded(`${person.user.displayName}\n${person.user.handle}`).includes(wanted)) found.push(person)
    }
    const last = people.at(-1)
    if (!last || people.length < ROWS_PER_READ) break
    after = last.user.id
  }
  return found
}

export async function countPeople(reader: Reader): Promise<number> {
  return Number((await reader.first(count, {}))?.count ?? 0)
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()

function toInfo(row: Row): PersonInfo {
  return {
    user: toUser(row),
    createdAt: row.created_at,
    isDisabled: row.disabled_at !== null,
    sessions: Number(row.sessions),
    ...(row.email !== null && { email: row.email }),
  }
}

const page = statement<Ask, Row>(({ db, params, bodyText }: Building<Ask>) =>
  db
    .selectFrom('users as u')
    .innerJoin('texts as h', 'h.id', 'u.handle_text')
    .innerJoin('texts as n', 'n.id', 'u.name_text')
    .leftJoin('texts as e', 'e.id', 'u.email_text')
    .select(['u.id', 'u.kind', 'u.version', 'u.role', 'u.deleted_at', 'u.created_at', 'u.disabled_at'])
    .select((eb) => [
      bodyText('h.body').as('handle'),
      bodyText('n.body').as('name'),
      bodyText('e.body').$castTo<string | null>().as('email'),
      eb
        .selectFrom('sessions as s')
        .whereRef('s.user_id', '=', 'u.id')
        .where('s.expires_at', '>', params.now)
        .select((own) => own.fn.countAll<number>().as('count'))
        .as('sessions'),
    ])
    .where('u.deleted_at', 'is', null)
    .where('u.id', '<', params.after as UserId) // as: any text may be a place between ids
    .orderBy('u.id', 'desc')
    .limit(params.limit),
)
const count = statement<object, { count: number }>(({ db }) =>
  db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('deleted_at', 'is', null),
)
