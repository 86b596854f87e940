import { expect, test } from 'bun:test'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[M2] edit-message changes the text for everybody and marks it', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'helo')
    const { seq } = await ann.does('edit-message', { roomId, messageId, body: 'hello' })
    const { messages } = await ann.asks('list-messages', { roomId })
    expect(messages[0]).toMatchObject({ body: 'hello', editedAt: stage.now, version: seq })
  })

  test('[M2] only the author may, and not what is deleted', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    const { messageId } = await bob.posts(roomId, 'mine')
    expect(await codeOf(ann.does('edit-message', { roomId, messageId, body: 'yours' }))).toBe('not-your-message')
    await bob.does('delete-message', { roomId, messageId })
    expect(await codeOf(bob.does('edit-message', { roomId, messageId, body: 'back' }))).toBe('message-not-found')
    expect(await codeOf(bob.does('edit-message', { roomId, messageId, body: ' ' }))).toBe('message-empty')
  })

  test('[A1] a message of another room is not found through this one', async () => {
    const ann = await stage.person('Ann')
    const here = await ann.createsRoom('Here')
    const there = await ann.createsRoom('There')
    const { messageId } = await ann.posts(there, 'there')
    expect(await codeOf(ann.does('edit-message', { roomId: here, messageId, body: 'here' }))).toBe('message-not-found')
  })

  test('[E4] posted and edited in one batch: the first event carries what it wrote, catch-up only the present', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId, seq } = await ann.posts(roomId, 'one')
    await Promise.all(['two', 'three'].map((body) => ann.does('edit-message', { roomId, messageId, body })))
    const events = await ann.catchesUp(roomId, seq - 1)
    expect(events).toMatchObject([
      { type: 'message-posted', messageId },
      { type: 'message-edited', messageId },
      { type: 'message-edited', message: { body: 'three', version: seq + 2 } },
    ])
    expect(JSON.stringify(events)).not.toContain('"one"')
    expect(JSON.stringify(events)).not.toContain('"two"')
  })
})
