import { signal } from '@preact/signals'

const spoken = signal<{ readonly text: string; readonly id: number }>({ text: '', id: 0 })

/**
 * Says something politely to screen readers. The last one wins: put a burst into one sentence before calling
 * ("5 new messages").
 */
export function announce(text: string): void {
  spoken.value = { text, id: spoken.value.id + 1 }
}

/** The page's one polite region; render it once, at the root, and never take it away. */
export function LiveRegion() {
  const { text, id } = spoken.value
  return (
    <div class="visually-hidden" role="status" aria-live="polite" aria-atomic="true">
      {/* A new element each time, or the same words twice would be silent. */}
      <span key={id}>{text}</span>
    </div>
  )
}
