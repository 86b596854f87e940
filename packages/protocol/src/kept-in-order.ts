import type { CommandName } from './commands.ts'

/** What a person says and changes in a room: stored in the order in which one connection sends it. (SPEC F3) */
export const KEPT_IN_ORDER: ReadonlySet<string> = new Set([
  'post-message',
  'edit-message',
  'delete-message',
  'add-reaction',
  'remove-reaction',
] satisfies readonly CommandName[])
