import type { RoomId } from '@parley/protocol'
import type { Progress } from '../../../server/src/backup/progress.ts'
import type { Made } from './admission.ts'
import { type Answer, type ChatServer, isKnown } from './chat-server.ts'

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

  /** Closes the rooms, which erases them, then deletes the people and their messages. `withinMs`: for each of them. */
  async remove(server: ChatServer, { withinMs, progress }: { withinMs: number; progress: Progress }): Promise<Removal> {
    const left: string[] = this.doubtful.map((what) => `${what} (never answered, so perhaps)`)
    const total = this.rooms.length + this.people.length
    let done = 0
    const gone = { rooms: 0, people: 0 }
    const step = () => progress({ what: 'Removing what was made', done: done++, total })
    for (const room of this.rooms) {
      step()
      const answer = await server.patiently(
        () => server.command('close-room', { roomId: room.id }, { token: room.owner.token }),
        { withinMs },
      )
      if (isGone(answer, ['room-closed', 'room-not-found'])) gone.rooms += 1
      else left.push(`the room "${room.name}" (${why(answer)})`)
    }
    const waiting = [...this.people]
    const removesPeople = async () => {
      for (let made = waiting.shift(); made; made = waiting.shift()) {
        step()
        const { token, password } = made
        const input = { messages: 'erase' as const, ...(password !== undefined && { password }) }
        const answer = await server.patiently(() => server.command('delete-account', input, { token }), { withinMs })
        if (isGone(answer, ['not-signed-in'])) gone.people += 1
        else left.push(`${made.user.kind} "${made.user.displayName}" (${why(answer)})`)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, removesPeople))
    progress({ what: 'Removing what was made', done: total, total })
    return { ...gone, left }
  }
}

function isGone(answer: Answer<unknown>, alsoWhen: readonly string[]): boolean {
  if (answer.kind === 'reply') return true
  return answer.kind === 'refused' && isKnown(answer) && alsoWhen.includes(answer.refusal.code)
}

function why(answer: Answer<unknown>): string {
  return answer.kind === 'refused' ? answer.refusal.message.replace(/\.$/, '') : 'the server is away'
}
