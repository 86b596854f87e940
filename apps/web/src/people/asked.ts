import type { Room, User } from '@parley/protocol'

/** What is about to be done to somebody. */
export type Asked =
  | { readonly what: 'block' | 'unblock'; readonly user: User }
  | { readonly what: 'mute' | 'ban' | 'remove' | 'hand-over'; readonly user: User; readonly room: Room }
