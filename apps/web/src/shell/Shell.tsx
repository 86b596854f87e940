import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { route } from '../routes.ts'
import { Sidebar } from '../sidebar/Sidebar.tsx'
import { ConnectionBanner } from './ConnectionBanner.tsx'
import { isNarrow } from './media.ts'
import { NotSent } from './NotSent.tsx'
import styles from './Shell.module.css'
import { closeSidebar, isSidebarOpen } from './sidebar-layer.ts'

/** The frame around every screen: rooms at the side, the screen, and what must be seen wherever one is. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const isLayer = isNarrow.value
  const isCovered = isLayer && isSidebarOpen.value
  useSidebarLayer(isCovered)
  return (
    <div class={styles.shell}>
      <a class={styles.skip} href="#screen">
        Skip to the screen
      </a>
      <div
        class={styles.side}
        data-open={isCovered ? '' : undefined}
        // Out of sight is out of reach: of the keyboard, too.
        inert={isLayer && !isCovered}
      >
        <Sidebar />
      </div>
      {isCovered && <div class={styles.scrim} onClick={closeSidebar} aria-hidden="true" />}
      <div class={styles.main} inert={isCovered}>
        <div class={styles.banner}>
          <ConnectionBanner />
        </div>
        <main id="screen" class={styles.screen} tabIndex={-1}>
          {children}
        </main>
        <NotSent />
      </div>
    </div>
  )
}

/** Focus goes into the layer with its opening and back with its closing; Esc and any navigation close it. */
function useSidebarLayer(isOpen: boolean): void {
  const at = route.value
  const opener = useRef<HTMLElement | null>(null)
  useEffect(closeSidebar, [at])
  useLayoutEffect(() => {
    if (!isOpen) return
    opener.current = document.querySelector<HTMLElement>('[data-sidebar-toggle]')
    const side = document.querySelector<HTMLElement>(`.${styles.side}`)
    const first = side?.querySelector<HTMLElement>('[aria-current="page"]') ?? side?.querySelector<HTMLElement>('a')
    first?.focus()
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      event.preventDefault()
      closeSidebar()
    }
    addEventListener('keydown', onKey)
    return () => {
      removeEventListener('keydown', onKey)
      const hadFocus = side?.contains(document.activeElement) || document.activeElement === document.body
      if (hadFocus) requestAnimationFrame(() => opener.current?.focus())
    }
  }, [isOpen])
}
