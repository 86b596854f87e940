import { signal } from '@preact/signals'

/** On narrow windows the sidebar lies over the page while this is true. */
export const isSidebarOpen = signal(false)

export function openSidebar(): void {
  isSidebarOpen.value = true
}

export function closeSidebar(): void {
  isSidebarOpen.value = false
}
