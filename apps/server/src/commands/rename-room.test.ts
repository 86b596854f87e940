import { expect, test } from 'bun:test'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[R4] rename-room and change-topic are the owner’s, and free the old name', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const { roomId } = await ann.does('create-room', { name: 'Old name' })
    await bob.does('enter-room', { roomId })
    expect(await codeOf(bob.does('rename-room', { roomId, name: 'Bobs' }))).toBe('not-allowed')
    expect(await codeOf(bob.does('change-topic', { roomId, topic: 'Bobs' }))).toBe('not-allowed')
    const { seq } = await ann.does('rename-room', { roomId, name: ' New  name ' })
    await ann.does('change-topic', { roomId, topic: 'news' })
    expect((await bob.asks('get-room', { roomId })).room).toMatchObject({
      name: 'New name',
      topic: 'news',
      version: seq + 1,
    })
    await bob.does('create-room', { name: 'Old name' })
    expect(await codeOf(bob.does('create-room', { name: 'new NAME' }))).toBe('room-name-taken')
  })

  test('[R4] another case of the own name is fine, the same name changes nothing, a taken one is refused', async () => {
    const ann = await stage.person('Ann')
    const { roomId } = await ann.does('create-room', { name: 'Painters' })
    await ann.does('create-room', { name: 'Sculptors' })
    const { seq } = await ann.does('rename-room', { roomId, name: 'PAINTERS' })
    expect(await ann.does('rename-room', { roomId, name: 'PAINTERS' })).toEqual({ seq })
    expect(await codeOf(ann.does('rename-room', { roomId, name: 'sculptors' }))).toBe('room-name-taken')
    expect(await codeOf(ann.does('rename-room', { roomId, name: '' }))).toBe('room-name-empty')
    expect(await codeOf(ann.does('change-topic', { roomId, topic: 'x'.repeat(251) }))).toBe('topic-too-long')
  })

  test('[G5] an owner who left may still rename and close', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Painters')
    await ann.does('leave-room', { roomId })
    await ann.does('rename-room', { roomId, name: 'Gone painters' })
    await ann.does('close-room', { roomId })
    expect(await codeOf(ann.does('enter-room', { roomId }))).toBe('room-closed')
  })
})
