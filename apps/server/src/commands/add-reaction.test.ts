import { expect, test } from 'bun:test'
import { type CommandId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[M4] add-reaction and remove-reaction: counts, the first three people, and mine', async () => {
    const people = await Promise.all(['Ann', 'Bob', 'Cid', 'Dee'].map((name) => stage.person(name)))
    const [ann, bob] = people
    if (!ann || !bob) throw new Error('nobody came')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'party?')
    for (const person of people) {
      stage.now += 1
      await person.does('enter-room', { roomId })
      await person.does('add-reaction', { roomId, messageId, emoji: '🎉' })
    }
    await bob.does('add-reaction', { roomId, messageId, emoji: '👍' })
    const page = await bob.asks('list-messages', { roomId })
    expect(page.messages[0]?.reactions).toEqual([
      { emoji: '🎉', count: 4, people: people.slice(0, 3).map((person) => person.id) },
      { emoji: '👍', count: 1, people: [bob.id] },
    ])
    expect(page.mine[messageId]?.toSorted()).toEqual(['🎉', '👍'].toSorted())
    const reactors = await bob.asks('list-reactors', { roomId, messageId, emoji: '🎉' })
    expect(reactors.users.map((user) => user.id)).toEqual(people.map((person) => person.id))

    await ann.does('remove-reaction', { roomId, messageId, emoji: '🎉' })
    const after = await ann.asks('list-messages', { roomId })
    expect(after.messages[0]?.reactions[0]).toMatchObject({ emoji: '🎉', count: 3 })
    expect(after.mine).toEqual({})
  })

  test('[M4] repeating is a success and changes nothing', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'party?')
    const reactions = async () => (await ann.asks('list-messages', { roomId })).messages[0]?.reactions
    await ann.does('add-reaction', { roomId, messageId, emoji: '🎉' })
    const once = await reactions()
    await ann.does('add-reaction', { roomId, messageId, emoji: '🎉' })
    expect(await reactions()).toEqual(once)
    await ann.does('remove-reaction', { roomId, messageId, emoji: '🎉' })
    await ann.does('remove-reaction', { roomId, messageId, emoji: '🎉' })
    expect(await reactions()).toEqual([])
  })

  test('[A6] a late copy of one that changed nothing changes nothing either', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'party?')
    const reaction = { roomId, messageId, emoji: '🎉' }
    const [removal, addition] = [newId<CommandId>(), newId<CommandId>()]
    const nothing = await ann.does('remove-reaction', reaction, removal)
    await ann.does('add-reaction', reaction)
    expect(await ann.does('remove-reaction', reaction, removal)).toEqual(nothing)
    expect((await ann.asks('list-messages', { roomId })).messages[0]?.reactions).toMatchObject([{ count: 1 }])
    const again = await ann.does('add-reaction', reaction, addition)
    await ann.does('remove-reaction', reaction)
    expect(await ann.does('add-reaction', reaction, addition)).toEqual(again)
    expect((await ann.asks('list-messages', { roomId })).messages[0]?.reactions).toEqual([])
  })

  test('[M4] one emoji, at most twenty kinds', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'party?')
    for (const emoji of ['a', '', '👍👍', '<b>', '👍 ']) {
      expect(await codeOf(ann.does('add-reaction', { roomId, messageId, emoji }))).toBe('emoji-invalid')
    }
    const many = [...'😀😁😂😃😄😅😆😇😈😉😊😋😌😍😎😏😐😑😒😓']
    for (const emoji of many) await ann.does('add-reaction', { roomId, messageId, emoji })
    expect(await codeOf(ann.does('add-reaction', { roomId, messageId, emoji: '👩‍👩‍👧' }))).toBe('too-many-reactions')
    await ann.does('add-reaction', { roomId, messageId, emoji: '😀' })
  })
})
