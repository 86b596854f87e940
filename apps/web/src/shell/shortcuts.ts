import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

export type ShortcutGroup = 'Everywhere' | 'Rooms' | 'Messages'

export interface Shortcut {
  /** Joined by "+", as Kbd shows them: "Mod+/", "Alt+Shift+ArrowUp". Mod is ⌘ or Ctrl. */
  readonly keys: string
  readonly about: string
  readonly group: ShortcutGroup
  /** Without it the shortcut is only listed: whoever has the focus acts on it. Answers false to let the key pass. */
  readonly run?: (event: KeyboardEvent) => boolean
}

/** Every shortcut there is now, in the order of registering. */
export const shortcuts = signal<readonly Shortcut[]>([])

/** Lists a shortcut and, with `run`, acts on it anywhere in the page. Answers how to take it back. */
export function registerShortcut(shortcut: Shortcut): () => void {
  shortcuts.value = [...shortcuts.peek(), shortcut]
  return () => {
    shortcuts.value = shortcuts.peek().filter((other) => other !== shortcut)
  }
}

/** For as long as a component is shown. Hand over the same list each time. */
export function useShortcuts(list: readonly Shortcut[]): void {
  useEffect(() => {
    const stops = list.map(registerShortcut)
    return () => {
      for (const stop of stops) stop()
    }
  }, [list])
}

/** Call once at start. */
export function startShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return
    // The newest first, so that a screen may take over a key from the frame around it.
    const shortcut = shortcuts.peek().findLast(({ keys, run }) => run !== undefined && matches(keys, event))
    if (shortcut?.run && shortcut.run(event) !== false) event.preventDefault()
  })
}

const isApple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent)

type Pressed = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>

export function matches(keys: string, event: Pressed, apple = isApple): boolean {
  const parts = keys.split('+')
  const key = parts.at(-1) ?? ''
  const wantsMod = parts.includes('Mod')
  if (event.altKey !== parts.includes('Alt')) return false
  if (event.metaKey !== (wantsMod && apple) || event.ctrlKey !== (wantsMod && !apple)) return false
  // On many keyboards a sign like "/" is itself made with Shift.
  const isSign = key.length === 1 && !/[a-z0-9]/i.test(key)
  if (!isSign && event.shiftKey !== parts.includes('Shift')) return false
  return event.key.toLowerCase() === key.toLowerCase()
}
