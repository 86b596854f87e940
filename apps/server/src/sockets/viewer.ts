import type { CloseReason, Seq } from '@parley/protocol'
import type { Actor } from '../rules/actor.ts'
import type { Subscription } from './subscription.ts'

/** A live connection, as those see it who have something to tell it. */
export interface Viewer {
  /** Replaced when the person gets another name or role. */
  actor: Actor
  /** The place it looks at. */
  opened: { readonly kind: 'lobby' } | Subscription | undefined
  /** Up to where it knows its person's own stream; undefined until it was welcomed. */
  ownSeq: Seq | undefined
  /** Says one frame; it leaves at the end of the turn. */
  send(frame: string): void
  /** Resolves when nearly everything said was read. */
  whenRoomy(): Promise<void>
  /** Says why, and closes. */
  end(reason: CloseReason): void
  /** Something of ours broke while serving it: into the log, and the connection closes. */
  fail(error: unknown): void
}
