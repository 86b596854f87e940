import { expect, test } from 'bun:test'
import { type CommandId, newId, type RoomId, roomStream } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[M1] post-message stores the text and tells it after the commit', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const posted = await ann.posts(roomId, '  hello\r\nthere \n')
    expect(posted.number).toBe(1)
    expect(await ann.reads(roomId)).toEqual(['  hello\nthere'])
    const told = stage.fanout.heard.find((publication) => publication.kind === 'events' && publication.lastNumber === 1)
    expect(told).toMatchObject({ stream: roomStream(roomId), events: [{ type: 'message-posted', seq: posted.seq }] })
  })

  test('[M1] nothing to see and too much are refused, each by its name', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    expect(await codeOf(ann.posts(roomId, ' \u200b\n\u3164 '))).toBe('message-empty')
    expect(await codeOf(ann.posts(roomId, 'x'.repeat(8_001)))).toBe('message-too-long')
    expect((await ann.posts(roomId, 'x'.repeat(8_000))).number).toBe(1)
  })

  test('[C3] U+0000 and lone surrogates are refused at the edge', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    expect(await codeOf(ann.posts(roomId, 'a\u0000b'))).toBe('invalid-input')
    expect(await codeOf(ann.posts(roomId, 'a\ud800b'))).toBe('invalid-input')
    expect((await ann.posts(roomId, '👩‍👩‍👧 صباح 안녕')).number).toBe(1)
    expect(await ann.reads(roomId)).toEqual(['👩‍👩‍👧 صباح 안녕'])
  })

  test('[A6] a repeat gets the first answer, and nothing is stored twice', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const id = newId<CommandId>()
    const input = { roomId, body: 'once' }
    const first = await ann.does('post-message', input, id)
    const both = await Promise.all([ann.does('post-message', input, id), ann.does('post-message', input, id)])
    expect(both).toEqual([first, first])
    expect(await ann.reads(roomId)).toEqual(['once'])
  })

  test('[A6] two copies in one batch are one message', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const id = newId<CommandId>()
    const [one, two] = await Promise.all([1, 2].map(() => ann.does('post-message', { roomId, body: 'once' }, id)))
    expect(one).toEqual(two)
    expect(await ann.reads(roomId)).toEqual(['once'])
  })

  test('[A6] a command id stands for one command, one room and one person', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    const other = await ann.createsRoom('Writers')
    await bob.does('enter-room', { roomId })
    const id = newId<CommandId>()
    const posted = await ann.does('post-message', { roomId, body: 'mine' }, id)
    expect(await codeOf(ann.does('post-message', { roomId: other, body: 'mine' }, id))).toBe('command-id-reused')
    expect(await codeOf(ann.does('delete-message', { roomId, messageId: posted.messageId }, id))).toBe(
      'command-id-reused',
    )
    const bobs = await bob.does('post-message', { roomId, body: 'his' }, id)
    expect(bobs.number).toBe(2)
  })

  test('[A5] strangers learn nothing, and visitors are asked in first', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    expect(await codeOf(bob.posts(roomId, 'hello'))).toBe('not-a-member')
    expect(await codeOf(bob.posts(newId<RoomId>(), 'hello'))).toBe('room-not-found')
  })

  test('[S1] many at once get contiguous places, and one person keeps their order', async () => {
    const people = await Promise.all(['Ann', 'Bob', 'Cid', 'Dee'].map((name) => stage.person(name)))
    const [ann] = people
    if (!ann) throw new Error('nobody came')
    const roomId = await ann.createsRoom('Designers')
    await Promise.all(people.map((person) => person.does('enter-room', { roomId })))
    const answers = await Promise.all(
      people.map((person) => Promise.all(Array.from({ length: 25 }, (_, index) => person.posts(roomId, `${index}`)))),
    )
    const numbers = answers.flat().map((answer) => answer.number)
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
    for (const own of answers)
      expect(own.map((answer) => answer.seq)).toEqual(own.map((answer) => answer.seq).sort((a, b) => a - b))
    const events = await ann.catchesUp(roomId)
    expect(events === 'reset' ? [] : events.map((event) => event.seq)).toEqual(
      Array.from({ length: 105 }, (_, index) => index + 1),
    )
  })
})
