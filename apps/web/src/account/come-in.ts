import { RefusalError } from '@parley/client'
import type { CommandId, CommandOutput, RoomId } from '@parley/protocol'
import { newId } from '@parley/protocol'
import { showToast } from '../kit/toasts.ts'
import { roomPath } from '../routes.ts'
import { arrive } from '../session.ts'
import { command } from './ask.ts'
import { forgetInvitation, invitationToken } from './invitation-token.ts'
import { troubleWords } from './trouble-words.ts'
import { forgetWay, wayBack } from './way-back.ts'

/** Somebody was made, and the invitation used for it: goes to its room, or to what one came for. */
export async function comeIn(made: { readonly roomId?: RoomId | undefined; readonly goTo?: string }): Promise<void> {
  forgetInvitation()
  await arrive(made.roomId ? roomPath(made.roomId) : (made.goTo ?? wayBack()))
  forgetWay()
}

/** Somebody who was here before signs in: the invitation, if there is one, is still to be used. */
export async function comeBack(): Promise<void> {
  await comeIn({ roomId: await roomOfInvitation() })
}

/** What an invitation adds to a command that makes somebody. */
export function withInvitation(): { readonly invitation?: string } {
  const token = invitationToken.peek()
  return token === undefined ? {} : { invitation: token }
}

async function roomOfInvitation(): Promise<RoomId | undefined> {
  const token = invitationToken.peek()
  if (token === undefined) return undefined
  try {
    return (await command('accept-invitation', { token })).roomId
  } catch (error) {
    showToast(troubleWords(error), { tone: 'danger' })
    return undefined
  }
}

interface Attempt {
  readonly key: string
  readonly id: CommandId
  readonly secret: string
}

let attempt: Attempt | undefined

/** A guest comes by an invitation. The same name asked for again is the same command, or a lost reply takes it. (SPEC H1) */
export async function enterByInvitation(name: string): Promise<CommandOutput<'enter'>> {
  const key = JSON.stringify([name, invitationToken.peek()])
  if (attempt?.key !== key) attempt = { key, id: newId(), secret: randomSecret() }
  const { id, secret } = attempt
  try {
    const made = await command('enter', { name, secret, ...withInvitation() }, id)
    attempt = undefined
    return made
  } catch (error) {
    if (error instanceof RefusalError && error.code !== 'busy' && error.code !== 'internal') attempt = undefined
    throw error
  }
}

function randomSecret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
