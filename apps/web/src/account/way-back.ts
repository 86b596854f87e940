import { parseRoute } from '../routes.ts'

let cameFor = '/'

/** Somebody who came for a page and signs in first is brought there. */
export function rememberWay(path: string): void {
  const { screen } = parseRoute(path)
  if (screen === 'room' || screen === 'lobby' || screen === 'settings' || screen === 'admin') cameFor = path
}

export function wayBack(): string {
  return cameFor
}

export function forgetWay(): void {
  cameFor = '/'
}
