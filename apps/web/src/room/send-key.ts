type Pressed = Pick<KeyboardEvent, 'key' | 'keyCode' | 'isComposing' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>

/**
 * Enter by itself. Never while an input method composes: there Enter chooses a word. Safari ends the composition before
 * that keydown comes and tells it only by the code 229.
 */
export function isPlainEnter(event: Pressed): boolean {
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return false
  return !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey
}

/** ⌘ or Ctrl with Enter sends from every keyboard, also where Enter begins a new line. */
export function isSendChord(event: Pressed): boolean {
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return false
  return event.ctrlKey || event.metaKey
}
