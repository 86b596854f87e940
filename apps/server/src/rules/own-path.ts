const LONGEST = 500

/**
 * Where to go on, from an address that anybody may have put together: a path of our own pages, or the start. A browser takes
 * `//host`, `/\host` and tabs between the slashes for another host, so what it would make of the text is what is looked at.
 */
export function ownPath(text: string | undefined): string {
  if (text === undefined || text.length > LONGEST || !text.startsWith('/')) return '/'
  const base = 'http://own.invalid'
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined
  if (url === undefined || url.origin !== base || url.username !== '') return '/'
  const path = `${url.pathname}${url.search}${url.hash}`
  // After `.` and `..` are resolved, a path may begin with two slashes that were not there before.
  return /^\/(?:[^/\\]|$)/.test(path) && !/^\/(?:api|socket)(?:\/|$)/.test(url.pathname) ? path : '/'
}
