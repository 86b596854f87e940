import { expect, test } from 'bun:test'
import { type CommandId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases, refusalOf } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  const scene = async () => {
    const [ann, mod, bob] = [await stage.person('Ann'), await stage.person('Mod'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    for (const person of [mod, bob]) await person.does('enter-room', { roomId })
    await ann.does('set-member-role', { roomId, userId: mod.id, role: 'moderator' })
    return { ann, mod, bob, roomId }
  }

  test('[O6] set-room-rules (`rules-changed`): of a read-only room members read, react and edit', async () => {
    const { ann, mod, bob, roomId } = await scene()
    const { messageId } = await bob.posts(roomId, 'before')
    expect(await codeOf(bob.does('set-room-rules', { roomId, isReadOnly: true }))).toBe('not-allowed')
    const { seq } = await mod.does('set-room-rules', { roomId, isReadOnly: true })
    const events = await bob.catchesUp(roomId)
    const event = { type: 'rules-changed', seq, room: { isReadOnly: true, version: seq } }
    expect(events === 'reset' ? undefined : events.at(-1)).toMatchObject(event)
    expect(await ann.does('set-room-rules', { roomId, isReadOnly: true, slowSeconds: 0 })).toEqual({ seq })
    expect(await codeOf(bob.posts(roomId, 'now'))).toBe('read-only')
    await bob.does('add-reaction', { roomId, messageId, emoji: '👍' })
    await bob.does('edit-message', { roomId, messageId, body: 'edited' })
    await mod.posts(roomId, 'news')
    await ann.posts(roomId, 'more news')
    await ann.does('set-room-rules', { roomId, isReadOnly: false })
    await bob.posts(roomId, 'thanks')
  })

  test('[O6] slow mode: members wait, owner and moderators do not, and a repeat is no second message', async () => {
    const { ann, mod, bob, roomId } = await scene()
    await ann.does('set-room-rules', { roomId, slowSeconds: 30 })
    expect((await bob.asks('get-room', { roomId })).room.slowSeconds).toBe(30)
    const id = newId<CommandId>()
    const first = await bob.does('post-message', { roomId, body: 'one' }, id)
    stage.now += 10_000
    expect(await bob.does('post-message', { roomId, body: 'one' }, id)).toEqual(first)
    expect(await refusalOf(bob.posts(roomId, 'two'))).toMatchObject({ code: 'slow-mode', retryAfterMs: 20_000 })
    for (const person of [ann, mod]) for (const body of ['a', 'b']) await person.posts(roomId, body)
    await bob.does('edit-message', { roomId, messageId: first.messageId, body: 'edited' })
    stage.now += 19_999
    expect((await refusalOf(bob.posts(roomId, 'two'))).retryAfterMs).toBe(1)
    stage.now += 1
    const both = await Promise.allSettled([bob.posts(roomId, 'two'), bob.posts(roomId, 'three')])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await ann.does('set-room-rules', { roomId, slowSeconds: 0 })
    await bob.posts(roomId, 'at last')
  })

  test('[O6] the wait outlives leaving and coming back, and a refused message is not waited for', async () => {
    const { ann, bob, roomId } = await scene()
    await ann.does('set-room-rules', { roomId, slowSeconds: 60 })
    expect(await codeOf(bob.posts(roomId, ' '))).toBe('message-empty')
    await bob.posts(roomId, 'one')
    await bob.does('leave-room', { roomId })
    await bob.does('enter-room', { roomId })
    expect(await codeOf(bob.posts(roomId, 'two'))).toBe('slow-mode')
    // A post, a leaving and a coming back of one batch.
    stage.now += 60_000
    const [post, , , again] = await Promise.allSettled([
      bob.posts(roomId, 'two'),
      bob.does('leave-room', { roomId }),
      bob.does('enter-room', { roomId }),
      bob.posts(roomId, 'three'),
    ])
    expect([post.status, again.status]).toEqual(['fulfilled', 'rejected'])
    expect(await codeOf(bob.posts(roomId, 'three'))).toBe('slow-mode')
  })

  test('[A8] slow mode is at most six hours', async () => {
    const { ann, roomId } = await scene()
    for (const slowSeconds of [-1, 21_601, 1.5]) {
      expect(await codeOf(ann.does('set-room-rules', { roomId, slowSeconds }))).toBe('invalid-input')
    }
  })
})
