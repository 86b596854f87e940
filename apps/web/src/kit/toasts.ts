import { signal } from '@preact/signals'

export interface ToastAction {
  readonly label: string
  readonly onSelect: () => void
}

export interface Toast {
  readonly id: number
  readonly text: string
  readonly tone: 'neutral' | 'good' | 'danger'
  readonly actions: readonly ToastAction[]
  /** Null: stays until it is dismissed. */
  readonly durationMs: number | null
}

export interface ToastOptions {
  readonly tone?: Toast['tone']
  readonly actions?: readonly ToastAction[]
  readonly durationMs?: number | null
  /** A toast with the same key is replaced, not joined. */
  readonly key?: string
}

const MOST = 4
export const toasts = signal<readonly (Toast & { readonly key: string | undefined })[]>([])
let lastId = 0

/** Shows a notice and returns its id. Bad news and offers stay until they are dismissed, unless told otherwise. */
export function showToast(text: string, options: ToastOptions = {}): number {
  const { tone = 'neutral', actions = [], key } = options
  const stays = tone === 'danger' || actions.length > 0
  const durationMs = options.durationMs === undefined ? (stays ? null : 6_000) : options.durationMs
  lastId += 1
  const others = toasts.value.filter((toast) => key === undefined || toast.key !== key)
  toasts.value = [...others, { id: lastId, text, tone, actions, durationMs, key }].slice(-MOST)
  return lastId
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}
