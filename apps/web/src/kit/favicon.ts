/** Puts the mark in the tab: whole when all is read, with a saffron dot when something is not. */
export function showFavicon(hasUnread: boolean): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  const href = hasUnread ? '/favicon-unread.svg' : '/favicon.svg'
  if (link && link.getAttribute('href') !== href) link.href = href
}
