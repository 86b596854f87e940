import { type CommandId, newId } from '@parley/protocol'
import type { SeededRandom } from '../support/seeded-random.ts'

/** What somebody asks. People, rooms and messages are numbers, because their ids differ from one database to the other. */
export interface Operation {
  readonly by: number
  readonly kind: 'command' | 'query'
  readonly name: string
  readonly id: CommandId
  readonly room?: number
  readonly person?: number
  readonly message?: number
  /** The rest of the input. */
  readonly more?: Readonly<Record<string, unknown>>
  /** `until` of the input, from the moment of asking on. */
  readonly forMs?: number
}

export const PEOPLE = 4

const EMOJIS = ['👍', '❤️', '🎉']
const TEXTS = [
  'hello',
  '',
  '  ',
  'ünïcödé 👩‍👩‍👧 text',
  '@someone',
  'a\nb',
  "'; drop table events; --",
  'x'.repeat(300),
]
/** One in so many asks for something that does not exist. */
const STRAY = 9_999

/** A sequence that a seed decides. Names of rooms belong to `lane`, so that sequences beside each other do not meet. */
export function* operationsOf(
  random: SeededRandom,
  { lane, count }: { lane: string; count: number },
): Iterable<Operation> {
  const earlier: Operation[] = []
  const number = (most: number) => (random.chance(0.03) ? STRAY : random.between(0, most))
  for (let index = 0; index < count; index++) {
    const by = random.between(0, PEOPLE - 1)
    const head = { by, kind: 'command', id: newId<CommandId>() } as const
    const room = number(3)
    const person = random.between(0, PEOPLE - 1)
    const message = number(7)
    const roomName = `Room ${lane} ${random.between(1, 4)}`
    const text = random.pick(TEXTS)
    const until = random.chance(0.5) ? { forMs: random.between(1, 120) * 1_000 } : {}
    const repeat = earlier.length > 0 && random.chance(0.08) ? random.pick(earlier) : undefined
    if (index < 2) yield note({ ...head, name: 'create-room', more: { name: `Room ${lane} ${index}` } })
    else if (repeat)
      yield { ...repeat, ...(random.chance(0.3) ? { name: 'change-topic', room, more: { topic: text } } : {}) }
    else
      yield note(
        random.pick<() => Operation>([
          () => ({ ...head, name: 'create-room', more: { name: roomName, kind: random.pick(['public', 'private']) } }),
          ...times(3, () => ({ ...head, name: 'enter-room', room })),
          () => ({ ...head, name: 'leave-room', room }),
          ...times(6, () => ({ ...head, name: 'post-message', room, more: { body: text } })),
          ...times(2, () => ({ ...head, name: 'edit-message', room, message, more: { body: text } })),
          () => ({ ...head, name: 'delete-message', room, message }),
          ...times(2, () => ({ ...head, name: 'add-reaction', room, message, more: { emoji: random.pick(EMOJIS) } })),
          () => ({ ...head, name: 'remove-reaction', room, message, more: { emoji: random.pick(EMOJIS) } }),
          () => ({ ...head, name: 'mark-read', room, more: { number: random.between(0, 5) } }),
          () => ({ ...head, name: 'rename-room', room, more: { name: random.pick([roomName, text]) } }),
          () => ({ ...head, name: 'change-topic', room, more: { topic: text } }),
          () => ({ ...head, name: 'close-room', room }),
          () => ({ ...head, name: 'start-direct', person }),
          ...times(2, () => ({ ...head, name: 'add-member', room, person })),
          () => ({ ...head, name: 'remove-member', room, person }),
          () => ({ ...head, name: 'ban-member', room, person, ...until }),
          () => ({ ...head, name: 'unban-member', room, person }),
          () => ({ ...head, name: 'mute-member', room, person, ...until }),
          () => ({ ...head, name: 'unmute-member', room, person }),
          () => ({
            ...head,
            name: 'set-member-role',
            room,
            person,
            more: { role: random.pick(['moderator', 'member']) },
          }),
          () => ({ ...head, name: 'hand-over-room', room, person }),
          () => ({
            ...head,
            name: 'set-room-rules',
            room,
            more: { isReadOnly: random.chance(0.3), slowSeconds: 10 * random.between(0, 2) },
          }),
          () => ({ ...head, name: 'block-person', person }),
          () => ({ ...head, name: 'unblock-person', person }),
          () => ({ ...head, name: 'change-name', more: { name: random.pick([`Someone ${lane} ${index}`, text]) } }),
          () => ({ ...head, kind: 'query', name: 'list-messages', room, more: { limit: random.between(1, 20) } }),
          () => ({ ...head, kind: 'query', name: 'list-members', room }),
          () => ({ ...head, kind: 'query', name: 'get-room', room }),
          () => ({ ...head, kind: 'query', name: 'list-my-rooms' }),
          () => ({ ...head, kind: 'query', name: 'list-bans', room }),
        ])(),
      )
  }

  function note(operation: Operation): Operation {
    if (operation.kind === 'command') earlier.push(operation)
    return operation
  }
}

function times<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item)
}
