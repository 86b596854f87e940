import type { Shortcut } from '../shell/shortcuts.ts'

/** Listed for people; whoever has the focus acts on them. */
export const ROOM_SHORTCUTS: readonly Shortcut[] = [
  { keys: 'Enter', about: 'Send', group: 'Messages' },
  { keys: 'Shift+Enter', about: 'New line', group: 'Messages' },
  { keys: 'ArrowUp', about: 'Edit your last message, from an empty text box', group: 'Messages' },
  { keys: 'Escape', about: 'Stop editing; back to the text box', group: 'Messages' },
  { keys: 'E', about: 'Edit the message that has the focus', group: 'Messages' },
  { keys: 'R', about: 'React to the message that has the focus', group: 'Messages' },
  { keys: 'Delete', about: 'Delete the message that has the focus', group: 'Messages' },
]
