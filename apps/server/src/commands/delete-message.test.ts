import { expect, test } from 'bun:test'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[M3] delete-message takes text and reactions away and keeps the place', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'oops')
    await ann.does('add-reaction', { roomId, messageId, emoji: '👍' })
    await ann.posts(roomId, 'after')
    await ann.does('delete-message', { roomId, messageId })
    expect(await ann.reads(roomId)).toEqual(['(deleted)', 'after'])
    const { messages } = await ann.asks('list-messages', { roomId })
    expect(messages[0]).toMatchObject({ number: 1, body: '', deletedAt: stage.now, reactions: [] })
    expect(await codeOf(ann.does('delete-message', { roomId, messageId }))).toBe('message-not-found')
  })

  test('[M3] the author and the owner may, also an owner who left; others may not', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const cid = await stage.person('Cid')
    const roomId = await ann.createsRoom('Designers')
    for (const person of [bob, cid]) await person.does('enter-room', { roomId })
    const first = await bob.posts(roomId, 'first')
    const second = await bob.posts(roomId, 'second')
    expect(await codeOf(cid.does('delete-message', { roomId, messageId: first.messageId }))).toBe('not-your-message')
    await bob.does('delete-message', { roomId, messageId: first.messageId })
    await ann.does('leave-room', { roomId })
    await ann.does('delete-message', { roomId, messageId: second.messageId })
    expect(await bob.reads(roomId)).toEqual(['(deleted)', '(deleted)'])
  })
})
