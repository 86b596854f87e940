import { type CommandOutput, newId, type UserId } from '@parley/protocol'
import { readAccountName } from '../../rules/handles.ts'
import { refuse } from '../../rules/refusal.ts'
import type { Database, Writer } from '../../storage/database.ts'
import type { Entered } from '../accounts.ts'
import { joinInvited, lockInvited } from '../invited.ts'
import { freshSession } from '../new-session.ts'
import { addPerson } from '../people.ts'
import { admitNewcomer } from '../sign-up-policy.ts'
import { addIdentity, newcomerBy } from './identities.ts'
import type { ProviderSignInParts } from './parts.ts'
import * as pending from './pending.ts'
import type { Identity } from './provider.ts'

/** What is kept while somebody whom a provider vouches for thinks of a name. */
export interface Ticket {
  /** Its label. */
  readonly provider: string
  /** Digest of the browser's key. */
  readonly browser: string
  readonly identity: Identity
  readonly goTo: string
  readonly invitation?: string | undefined
}

export interface Finish {
  readonly ticket: string
  readonly browserKey: string | undefined
  readonly device: string | null
  readonly handle: string
  readonly name: string
}

export interface Finished extends Entered {
  readonly goTo: string
}

/**
 * For somebody whom a provider vouches for and nobody knows here: what stands behind the `#` of `/choose-name#`. Refusals: those
 * of `admitNewcomer`, so that nobody is asked for a name in vain.
 */
export async function issueTicket({ db, now }: ProviderSignInParts, ticket: Ticket): Promise<string> {
  await rehearse(db, (writer) => admitNewcomer(writer, newcomerBy(ticket.identity, ticket.invitation), now()))
  const token = pending.newToken()
  const kept = pending.seal('ticket', token, { what: ticket, at: now(), lifetimeMs: pending.TICKET_LIFETIME_MS })
  await db.write((writer) => pending.keep(writer, kept))
  return token
}

/** What the page that asks for a name shows. Refusals: `sign-up-expired`. */
export async function describeTicket(
  { db, now }: ProviderSignInParts,
  ask: { ticket: string; browserKey: string | undefined },
): Promise<CommandOutput<'describe-sign-up'>> {
  const ticket = await db.read((reader) => pending.read(reader, 'ticket', ask.ticket, now()))
  const { provider, identity, goTo } = asTicket(ticket, ask.browserKey)
  return { provider, ...(identity.name !== undefined && { name: identity.name }), goTo }
}

/**
 * Makes the account. Refusals: those of names, handles and `admitNewcomer`, and `sign-up-expired`. After a refusal the ticket
 * is still good.
 */
export async function finishSignUp(parts: ProviderSignInParts, ask: Finish): Promise<Finished> {
  const { db, secret, now, fanout } = parts
  const name = readAccountName(ask.handle, ask.name)
  const id = newId<UserId>()
  const session = freshSession(secret, now(), ask.device)
  const firstTextId = await db.takeTextIds(3)
  const { user, goTo, joined } = await db.write(async (writer) => {
    const at = now()
    const ticket = asTicket(await pending.take(writer, 'ticket', ask.ticket, at), ask.browserKey)
    const { identity, invitation, goTo } = ticket
    await lockInvited(writer, { invitation, now: at })
    const admission = await admitNewcomer(writer, newcomerBy(identity, invitation), at)
    const email = identity.email?.address
    const user = await addPerson(writer, secret, { id, kind: 'account', name, email, firstTextId, now: at })
    // They signed up in another tab meanwhile, or were linked to somebody: what was asked here is over.
    if (!(await addIdentity(writer, identity, { userId: id, at }))) refuse('sign-up-expired')
    await session.store(writer, id)
    return { user, goTo, joined: await joinInvited(parts, writer, { user, admission, now: at }) }
  })
  if (joined) fanout.publish(joined.publications)
  const { token, expiresAt } = session
  return { user, token, expiresAt, goTo, ...(joined && { roomId: joined.roomId }) }
}

/** Refuses what would be refused, and changes nothing. */
async function rehearse(db: Database, work: (writer: Writer) => Promise<unknown>): Promise<void> {
  const rehearsed = new Error('It was only a rehearsal.')
  const write = db.write(async (writer) => {
    await work(writer)
    throw rehearsed
  })
  await write.catch((error: unknown) => {
    if (error !== rehearsed) throw error
  })
}

function asTicket(kept: unknown, browserKey: string | undefined): Ticket {
  const ticket = kept as Ticket | undefined // as: only we can have sealed it, in `issueTicket`
  if (!ticket || !pending.isSameBrowser(ticket, browserKey)) refuse('sign-up-expired')
  return ticket
}
