import type { CommandId, RoomId, SessionId, Settings, User, UserId } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'

/** Who people are. The only way to an `Actor`. Each method is the command of its name; refusals are those of the protocol. */
export interface Accounts {
  /**
   * A guest types a name and is in. `id` and `secret` together make it repeatable for ten minutes: the same pair gets a new
   * session of the same guest.
   */
  enter(ask: EnterAsk): Promise<Entered>
  register(ask: RegisterAsk): Promise<Entered>
  signIn(ask: SignInAsk): Promise<Entered>
  /** The session stays and gets another token; all others end. */
  claimAccount(actor: Actor, ask: ClaimAsk): Promise<Entered>
  /** Proves who asks, for this session and a few minutes. */
  confirmIdentity(actor: Actor, password: string): Promise<void>
  /** Refuses `proof-needed` unless this session has proved lately who they are; guests have nothing to prove it by. */
  requireProof(actor: Actor): Promise<void>
  changePassword(actor: Actor, ask: { readonly current?: string | undefined; readonly next: string }): Promise<void>
  /** What is left to do, room by room, goes on in the background, and after a restart. */
  deleteAccount(actor: Actor, ask: DeleteAsk): Promise<void>
  /** A session of somebody who was proved to be this person by other means; refuses `not-signed-in` whoever may not sign in. */
  openSession(userId: UserId, device?: string | null): Promise<Entered>
  /** The session goes on under another token, after a sign-in was proved or a guest became an account. */
  renewToken(actor: Actor): Promise<Entered>
  /**
   * Checks a signed token (from the cookie or the bearer header) and reads session and user. Undefined for anything that is
   * not a valid, unexpired session of somebody who may sign in. The one function that pages, API and sockets all call.
   */
  authenticate(token: string): Promise<Session | undefined>
  /** The same for a session that was authenticated before, whatever its token is now. */
  renew(sessionId: SessionId): Promise<Session | undefined>
  /** Ends the session, then tells every instance through the fan-out (`session-ended`). */
  signOut(actor: Actor): Promise<void>
  /** One of their own; somebody else's, or one that has ended, is left alone. */
  endSession(actor: Actor, sessionId: SessionId): Promise<void>
  endOtherSessions(actor: Actor): Promise<void>
  becomeOwner(actor: Actor, token: string): Promise<User>
  describeInvitation(token: string): Promise<InvitationDescription>
  acceptInvitation(actor: Actor, token: string): Promise<{ roomId?: RoomId }>
  /** What a page has to know before anybody is signed in. */
  describeInstance(): Promise<Settings & { readonly needsOwner: boolean }>
}

export interface EnterAsk {
  readonly id: CommandId
  readonly name: string
  readonly secret: string
  readonly invitation?: string | undefined
  /** As `deviceName` makes it. */
  readonly device?: string | null
}

export interface RegisterAsk {
  readonly handle: string
  readonly name: string
  readonly password: string
  readonly email?: string | undefined
  readonly invitation?: string | undefined
  readonly device?: string | null
}

export interface SignInAsk {
  readonly handle: string
  readonly password: string
  readonly device?: string | null
}

export type ClaimAsk = Pick<RegisterAsk, 'password' | 'email' | 'invitation'>

export interface DeleteAsk {
  readonly password?: string | undefined
  readonly messages: 'keep' | 'erase'
}

export interface InvitationDescription {
  readonly invitedBy: User
  readonly room?: { readonly roomId: RoomId; readonly name: string }
}

export interface Entered {
  readonly user: User
  /** Signed; goes into the cookie, or into the body for clients that are no browsers. */
  readonly token: string
  /** Epoch ms. */
  readonly expiresAt: number
  /** The room that the invitation led into. */
  readonly roomId?: RoomId
}

export interface Session {
  readonly actor: Actor
  /** Epoch ms; sockets of the session are closed then. */
  readonly expiresAt: number
}
