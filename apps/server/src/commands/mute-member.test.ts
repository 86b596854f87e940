import { expect, test } from 'bun:test'
import { codeOf, onBothDatabases, refusalOf } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  const scene = async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    return { ann, bob, roomId }
  }

  test('[O5] mute-member keeps a member from posting, editing and reacting until it ends; unmute-member ends it', async () => {
    const { ann, bob, roomId } = await scene()
    const { messageId } = await bob.posts(roomId, 'before')
    const until = stage.now + 60_000
    stage.fanout.heard.length = 0
    await ann.does('mute-member', { roomId, userId: bob.id, until })
    // Only the signal to the one it is about: no event tells the room.
    expect(stage.fanout.heard).toEqual([{ kind: 'standing', userId: bob.id, roomId }])
    expect(await refusalOf(bob.posts(roomId, 'now'))).toMatchObject({ code: 'muted', details: { until } })
    expect(await codeOf(bob.does('edit-message', { roomId, messageId, body: 'x' }))).toBe('muted')
    expect(await codeOf(bob.does('add-reaction', { roomId, messageId, emoji: '👍' }))).toBe('muted')
    await bob.does('delete-message', { roomId, messageId })
    await bob.does('mark-read', { roomId, number: 1 })
    stage.now = until
    await bob.posts(roomId, 'after')
    await ann.does('mute-member', { roomId, userId: bob.id })
    expect((await refusalOf(bob.posts(roomId, 'again'))).details).toEqual({})
    await ann.does('unmute-member', { roomId, userId: bob.id })
    await ann.does('unmute-member', { roomId, userId: bob.id })
    await bob.posts(roomId, 'free')
  })

  test('[O5] a mute outlives leaving, being removed and coming back', async () => {
    const { ann, bob, roomId } = await scene()
    await ann.does('mute-member', { roomId, userId: bob.id })
    await bob.does('leave-room', { roomId })
    await bob.does('enter-room', { roomId })
    expect(await codeOf(bob.posts(roomId, 'dodged?'))).toBe('muted')
    await ann.does('remove-member', { roomId, userId: bob.id })
    await ann.does('add-member', { roomId, userId: bob.id })
    expect(await codeOf(bob.posts(roomId, 'dodged?'))).toBe('muted')
    await ann.does('unmute-member', { roomId, userId: bob.id })
    await bob.does('leave-room', { roomId })
    await bob.does('enter-room', { roomId })
    await bob.posts(roomId, 'free')
  })

  test('[O5] until when somebody is muted is told to those who moderate, and to nobody else', async () => {
    const { ann, bob, roomId } = await scene()
    const cid = await stage.person('Cid')
    await cid.does('enter-room', { roomId })
    const until = stage.now + 60_000
    await ann.does('mute-member', { roomId, userId: bob.id, until })
    const told = async (person: typeof ann) => {
      const { members } = await person.asks('list-members', { roomId })
      return members.find(({ user }) => user.id === bob.id)?.mutedUntil
    }
    expect(await told(ann)).toBe(until)
    expect(await told(cid)).toBeUndefined()
    await ann.does('set-member-role', { roomId, userId: cid.id, role: 'moderator' })
    expect(await told(cid)).toBe(until)
    stage.now = until
    expect(await told(ann)).toBeUndefined()
  })
})
