import type { InstanceId } from '../rules/instance-id.ts'

/** What instances tell each other of themselves, never stored. `kind` says whose message it is; the rest is theirs. */
export interface PeerMessage {
  readonly kind: string
}

/** The other instances of this deployment, as far as they can be heard. */
export interface Peers {
  readonly self: InstanceId
  /** Whether this one is heard. */
  isHeard(instance: InstanceId): boolean
  /** To all others, or to one. In order for each sender; lost while the line between is down. Never throws. */
  tell(message: PeerMessage, to?: InstanceId): void
  listen(listener: (from: InstanceId, message: PeerMessage) => void): () => void
  /** An instance is heard for the first time, or again after something of it may have been missed: tell it, and ask it, everything. */
  onMet(listener: (instance: InstanceId) => void): () => void
  /** An instance has said goodbye, or was not heard for its lease of 10 s: what it said does not hold any more. */
  onGone(listener: (instance: InstanceId) => void): () => void
}
