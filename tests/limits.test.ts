import { expect, test } from 'bun:test'
import { LIMITS } from '@parley/protocol'
import { codeOf, onBothDatabases } from './support/state.ts'

onBothDatabases((stage) => {
  test('[E2] a person belongs to at most 1,000 rooms', async () => {
    const ann = await stage.person('Ann')
    const foreign = await (await stage.person('Bob')).createsRoom('Full house')
    const rooms = await Promise.all(
      Array.from({ length: LIMITS.roomsPerPerson }, (_, index) => ann.createsRoom(`Room ${index}`)),
    )
    expect(await codeOf(ann.createsRoom('One too many'))).toBe('too-many-rooms')
    expect(await codeOf(ann.does('enter-room', { roomId: foreign }))).toBe('too-many-rooms')
    const [first] = rooms
    if (first) await ann.does('leave-room', { roomId: first })
    expect((await ann.does('enter-room', { roomId: foreign })).roomId).toBe(foreign)
  }, 60_000)
})
