import type { RefusalCode, RoomId } from '@parley/protocol'
import type { Progress } from '../../../server/src/backup/progress.ts'
import type { Made } from './admission.ts'
import type { Answer, ChatServer } from './chat-server.ts'

export interface MadeRoom {
  readonly id: RoomId
  readonly name: string
  readonly owner: Made
}

export interface Removal {
  readonly rooms: number
  readonly people: number
  /** What may still be there, by name, with the reason. */
  readonly left: readonly string[]
}

const AT_ONCE = 4

/** Everything that the check has made on the server, so that it can be removed whatever happens meanwhile. */
export class Belongings {
  readonly rooms: MadeRoom[] = []
  readonly people: Made[] = []
  /** Asked for, and never answered: it may be there. */
  readonly doubtful: string[] = []

  /**
   * Closes the rooms, which erases them, then deletes the people and their messages. A server that is away is waited for, as
   * long as `withinMs` since it last did something.
   */
  async remove(server: ChatServer, { withinMs, progress }: { withinMs: number; progress: Progress }): Promise<Removal> {
    const left: string[] = this.doubtful.map((what) => `${what} (never answered, so perhaps)`)
    const total = this.rooms.length + this.people.length
    const gone = { rooms: 0, people: 0 }
    let deadline = performance.now() + withinMs
    const removes = async (what: string, ask: () => Promise<Answer<unknown>>): Promise<boolean> => {
      progress({ what: 'Removing what was made', done: gone.rooms + gone.people, total })
      const leftMs = deadline - performance.now()
      const answer: Answer<unknown> =
        leftMs > 0 ? await server.patiently(ask, { withinMs: leftMs }) : { kind: 'away', cause: undefined }
      if (!isGone(answer)) left.push(`${what} (${why(answer)})`)
      else deadline = performance.now() + withinMs
      return isGone(answer)
    }
    for (const { id: roomId, name, owner } of this.rooms) {
      const close = () => server.command('close-room', { roomId }, { token: owner.token })
      if (await removes(`the room "${name}"`, close)) gone.rooms += 1
    }
    const waiting = [...this.people]
    const removesPeople = async () => {
      for (let made = waiting.shift(); made; made = waiting.shift()) {
        const { user, token, password } = made
        const input = { messages: 'erase' as const, ...(password !== undefined && { password }) }
        const erase = () => server.command('delete-account', input, { token })
        if (await removes(`the ${user.kind} "${user.displayName}"`, erase)) gone.people += 1
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, removesPeople))
    return { ...gone, left }
  }
}

/** What somebody did meanwhile, or an earlier try of which nobody heard, is as good. */
const GONE: readonly RefusalCode[] = ['room-closed', 'room-not-found', 'not-signed-in']

function isGone(answer: Answer<unknown>): boolean {
  return answer.kind === 'reply' || (answer.kind === 'refused' && GONE.includes(answer.refusal.code))
}

function why(answer: Answer<unknown>): string {
  return answer.kind === 'refused' ? answer.refusal.message.replace(/\.$/, '') : 'the server is away'
}
