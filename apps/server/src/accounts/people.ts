import { randomBytes } from 'node:crypto'
import { type User, type UserId, userStream } from '@parley/protocol'
import { nameWithNumber, type PersonName, readPersonName } from '../rules/handles.ts'
import { refuse } from '../rules/refusal.ts'
import type { Reader, Writer } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { nameKey, type Secret } from './secret.ts'

export interface NewPerson {
  readonly id: UserId
  readonly kind: User['kind']
  readonly name: PersonName
  /** The real address, where one was given: kept for the person alone, never a key. (SPEC H3) */
  readonly email?: string | undefined
  /** The number in `texts` for the handle; the name gets the next, and the e-mail address the one after it. */
  readonly firstTextId: number
  readonly now: number
}

/**
 * Takes the name and adds the person. Refuses `name-taken` and `name-confusable` with a free name as the suggestion; the
 * whole transaction is then rolled back. (SPEC A7)
 */
export async function addPerson(writer: Writer, secret: Secret, person: NewPerson): Promise<User> {
  const { id, kind, name, now } = person
  await takeName(writer, secret, name, id)
  const [handleText, nameText, emailText] = [person.firstTextId, person.firstTextId + 1, person.firstTextId + 2]
  await writer.insert('texts', [
    { id: handleText, body: name.handle },
    { id: nameText, body: name.displayName },
    ...(person.email === undefined ? [] : [{ id: emailText, body: person.email }]),
  ])
  await writer.insert('streams', [{ id: userStream(id), head: 0, floor: 0, number: 0 }])
  await writer.insert('users', [
    {
      id,
      kind,
      handle_text: handleText,
      name_text: nameText,
      version: 1,
      last_room_id: null,
      created_at: now,
      deleted_at: null,
      email: placeholderEmail(),
      email_verified: 0,
      image: null,
      role: null,
      disabled_at: null,
      email_text: person.email === undefined ? null : emailText,
      updated_at: now,
    },
  ])
  return { id, kind, handle: name.handle, displayName: name.displayName, version: 1 }
}

/** The column demands one of everybody. This one leads nowhere and is never compared with a real one. (SPEC H3) */
export function placeholderEmail(): string {
  return `${randomBytes(16).toString('hex')}@parley.invalid`
}

/** The first free name like this one. */
export async function freeName(reader: Reader, secret: Secret, displayName: string): Promise<PersonName> {
  for (const numbers of [range(2, 9), range(10, 59), Array.from({ length: 50 }, randomNumber)]) {
    const names = numbers.map((number) => readPersonName(nameWithNumber(displayName, number)))
    const free = await firstFree(reader, secret, names)
    if (free) return free
  }
  return readPersonName(`Guest ${randomNumber()}`)
}

/** The first of these names that nobody has and that looks like nobody's. */
export async function firstFree(
  reader: Reader,
  secret: Secret,
  names: readonly PersonName[],
): Promise<PersonName | undefined> {
  const keys = names.flatMap((name) => keysOf(secret, name)).map(({ key }) => ({ key }))
  const taken = new Set((await reader.lookup('handles', ['key'], keys)).map((row) => row.key))
  return names.find((name) => keysOf(secret, name).every(({ key }) => !taken.has(key)))
}

async function takeName(writer: Writer, secret: Secret, name: PersonName, userId: UserId): Promise<void> {
  for (const { key, refusal, of } of keysOf(secret, name)) {
    const rows = await writer.run(takeKey, { key, userId })
    if (rows === 1) continue
    const isHandle = of === 'handle' && !name.isDerived
    const free = await freeName(writer, secret, isHandle ? name.handle : name.displayName)
    refuse(refusal, isHandle ? { field: 'handle', suggestion: free.handle } : { suggestion: free.displayName })
  }
}

// In a fixed order, so that two who want overlapping keys wait for each other in one direction only.
export function keysOf(secret: Secret, name: PersonName) {
  return [
    ...name.plainKeys.map(
      (plain, index) =>
        ({ key: plainKey(secret, plain), refusal: 'name-taken', of: index === 0 ? 'handle' : 'name' }) as const,
    ),
    ...name.looks.map(
      (look) => ({ key: nameKey(secret, `person's look:${look}`), refusal: 'name-confusable', of: 'name' }) as const,
    ),
  ]
}

/** Under which a person's handle, or the handle that their name makes, is kept. */
export const plainKey = (secret: Secret, plain: string): string => nameKey(secret, `person:${plain}`)

export const takeKey = statement<{ key: string; userId: UserId }>(({ db, params }) =>
  db
    .insertInto('handles')
    .values({ key: params.key, user_id: params.userId })
    .onConflict((conflict) => conflict.column('key').doNothing()),
)

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
const randomNumber = (): number => 1_000 + (randomBytes(4).readUInt32BE() % 99_000)
