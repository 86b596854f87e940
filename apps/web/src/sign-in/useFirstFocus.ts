import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** For the field that is typed into first. `autofocus` works once per page only, and these screens follow each other. */
export function useFirstFocus(isWanted = true): RefObject<HTMLInputElement | null> {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (isWanted) field.current?.focus()
  }, [])
  return field
}
