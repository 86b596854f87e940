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

test('whatever else is an unknown page', () => {
  for (const path of ['/lobby/x', '/rooms', '/rooms/1', `/rooms/${ID}/x`, `/rooms/${ID.replace('-7', '-4')}`, '/x']) {
    expect(parseRoute(path)).toEqual({ screen: 'unknown', path })
  }
})
