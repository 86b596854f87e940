import type { RoomId } from '@parley/protocol'
import { INSTANCE_RULES, instanceRole } from '../rules/permissions.ts'
import { refuse } from '../rules/refusal.ts'
import type { Writer } from '../storage/database.ts'
import { type OpenInvitation, useInvitation } from '../storage/invitations.ts'
import { readSettings } from '../storage/settings.ts'
import { digestOf } from '../storage/token-digest.ts'
import { readUsers } from '../storage/users.ts'
import type { Email } from './email.ts'

export interface Newcomer {
  /** By a name alone, by a password, or by a provider; claiming a guest's account counts as the latter two. */
  readonly door: 'guest' | 'password' | 'provider'
  /** `isVerified`: the provider vouches for it. Nobody can vouch for a typed one, so there it only has to be given. */
  readonly email?: (Email & { readonly isVerified: boolean }) | undefined
  /** The token of an invitation link. */
  readonly invitation?: string | undefined
}

export interface Admission {
  /** The room that the invitation leads into. */
  readonly roomId?: RoomId
}

/**
 * Whether somebody new may come in. Every path that makes a guest or an account asks here, inside the transaction that makes
 * the person, so that the settings hold at that moment, and an invitation's use is taken exactly when somebody comes of it.
 * Refusals: `guests-refused`, `sign-up-closed`, `email-domain-refused`, `invitation-invalid`, `invitation-needed`. (SPEC U4)
 */
export async function admitNewcomer(writer: Writer, newcomer: Newcomer, now: number): Promise<Admission> {
  const { signUp, guests, emailDomains } = await readSettings(writer)
  if (newcomer.door === 'guest' && !guests) refuse('guests-refused')
  if (newcomer.door === 'password' && signUp === 'provider') refuse('sign-up-closed')
  if (newcomer.door !== 'guest' && emailDomains.length > 0 && !isOfDomain(newcomer, emailDomains)) {
    refuse('email-domain-refused')
  }
  const invitation = await takeInvitation(writer, newcomer.invitation, now)
  if (signUp === 'invitation' && !(invitation && (await letsIn(writer, invitation)))) refuse('invitation-needed')
  return invitation?.room_id ? { roomId: invitation.room_id } : {}
}

function isOfDomain({ door, email }: Newcomer, domains: readonly string[]): boolean {
  return email !== undefined && (door === 'password' || email.isVerified) && domains.includes(email.domain)
}

async function takeInvitation(
  writer: Writer,
  token: string | undefined,
  now: number,
): Promise<OpenInvitation | undefined> {
  if (token === undefined) return undefined
  return (await useInvitation(writer, digestOf(token), now)) ?? refuse('invitation-invalid')
}

// Anybody may make a room and links into it. Where newcomers need an invitation, only those count whose makers may invite to
// the server as a whole, or everybody could let everybody in.
async function letsIn(writer: Writer, { created_by }: OpenInvitation): Promise<boolean> {
  const [maker] = await readUsers(writer, [created_by])
  const inviters: readonly string[] = INSTANCE_RULES['invite-to-instance']
  return maker !== undefined && inviters.includes(instanceRole(maker))
}
