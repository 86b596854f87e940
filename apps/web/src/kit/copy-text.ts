/** Puts text on the clipboard; false when the browser forbids it. Works on plain HTTP too. (SPEC I1) */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (isSecureContext) {
      await navigator.clipboard.writeText(text)
      return true
    }
  } catch {
    // Forbidden for this page: the old way may still be open.
  }
  return copyBySelection(text)
}

/** Outside a secure context there is no `navigator.clipboard`. */
function copyBySelection(text: string): boolean {
  const before = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.readOnly = true
  area.setAttribute('aria-hidden', 'true')
  area.style.position = 'fixed'
  area.style.opacity = '0'
  // Inside an open dialog, since all else is inert then.
  const layer = before?.closest('dialog') ?? document.body
  layer.append(area)
  area.select()
  const isCopied = document.execCommand('copy')
  area.remove()
  if (before instanceof HTMLElement) before.focus({ preventScroll: true })
  return isCopied
}
