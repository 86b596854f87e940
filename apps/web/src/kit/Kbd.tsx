import styles from './Kbd.module.css'

export interface KbdProps {
  /** Keys joined by "+", "Mod" for ⌘ or Ctrl: "Mod+K", "Alt+Shift+ArrowUp". */
  readonly keys: string
}

export function Kbd({ keys }: KbdProps) {
  return (
    <span class={styles.keys}>
      {keys.split('+').map((key) => (
        <kbd key={key} class={styles.key}>
          {keyName(key)}
        </kbd>
      ))}
    </span>
  )
}

const isApple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent)

const NAMES: Readonly<Record<string, string>> = {
  Mod: isApple ? '⌘' : 'Ctrl',
  Alt: isApple ? '⌥' : 'Alt',
  Shift: isApple ? '⇧' : 'Shift',
  Enter: '↵',
  Escape: 'Esc',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
}

export function keyName(key: string): string {
  return NAMES[key] ?? key
}
