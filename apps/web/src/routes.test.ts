import { expect, test } from 'bun:test'
import { parseRoute } from './routes.ts'

const ID = '01a204ee-a0c1-7000-9cc9-384792683a0d'

test('[G4] addresses lead to screens', () => {
  expect(parseRoute('/')).toEqual({ screen: 'start' })
  expect(parseRoute('/lobby')).toEqual({ screen: 'lobby' })
  expect(parseRoute('/lobby/')).toEqual({ screen: 'lobby' })
  expect(parseRoute(`/rooms/${ID}`)).toMatchObject({ screen: 'room', roomId: ID })
  expect(parseRoute(`/rooms/${ID.toUpperCase()}`)).toMatchObject({ screen: 'room', roomId: ID })
})

test('doors, settings and administration have addresses of their own', () => {
  for (const door of ['sign-in', 'register', 'join', 'set-up', 'choose-name'] as const) {
    expect(parseRoute(`/${door}`)).toEqual({ screen: door })
    expect(parseRoute(`/${door}/x`)).toEqual({ screen: 'unknown', path: `/${door}/x` })
  }
  expect(parseRoute('/settings')).toEqual({ screen: 'settings', section: 'profile' })
  expect(parseRoute('/settings/devices')).toEqual({ screen: 'settings', section: 'devices' })
  expect(parseRoute('/admin')).toEqual({ screen: 'admin', section: 'people' })
  expect(parseRoute('/admin/settings')).toEqual({ screen: 'admin', section: 'settings' })
})

test('whatever else is an unknown page', () => {
  for (const path of [
    '/lobby/x',
    '/rooms',
    '/rooms/1',
    `/rooms/${ID}/x`,
    `/rooms/${ID.replace('-7', '-4')}`,
    '/x',
    '/admin/x',
    '/settings/x',
    '/admin/people/1',
  ]) {
    expect(parseRoute(path)).toEqual({ screen: 'unknown', path })
  }
})
