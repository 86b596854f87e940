import { expect, test } from 'bun:test'
import { type CommandId, type MessageId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[A8] unknown commands and wrong input answer by name', async () => {
    const ann = await stage.person('Ann')
    expect(await codeOf(ann.does('fly' as never, {} as never))).toBe('unknown-name')
    expect(await codeOf(ann.does('__proto__' as never, {} as never))).toBe('unknown-name')
    expect(await codeOf(ann.does('toString' as never, {} as never))).toBe('unknown-name')
    for (const roomId of [null, 7, [], {}, '', 'x', '../x', newId().toUpperCase()]) {
      expect(await codeOf(ann.does('post-message', { roomId: roomId as never, body: 'x' }))).toBe('invalid-input')
    }
  })

  test('[A4] a faulty command fails alone; its neighbours of the same batch are stored', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'first')
    // A row that violates the log's uniqueness: the next post's place is taken already.
    await stage.db.write(async (writer) => {
      const [row] = await writer.lookup('messages', ['id'], [{ id: messageId }])
      if (row) await writer.insert('messages', [{ ...row, number: 2, id: newId<MessageId>() }])
    })
    const bob = await stage.person('Bob')
    const outcomes = await Promise.allSettled([
      ann.does('edit-message', { roomId, messageId, body: 'changed' }),
      ann.posts(roomId, 'collides'),
      bob.does('create-room', { name: 'Neighbour of a fault' }),
      ann.does('edit-message', { roomId, messageId, body: 'overtakes' }),
    ])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
    expect(outcomes[3]).toMatchObject({ reason: { code: 'busy' } })
    expect((await ann.reads(roomId))[0]).toBe('changed')
  })

  test('[S4] close, post and edit of one turn are performed in the order of arrival', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'first')
    const outcomes = await Promise.allSettled([
      ann.does('edit-message', { roomId, messageId, body: 'edited' }),
      ann.posts(roomId, 'second'),
      ann.does('close-room', { roomId }),
      ann.posts(roomId, 'third'),
    ])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
  })

  test('[A6] one id on two instances at once is one message', async () => {
    if (stage.databaseName === 'sqlite') return expect(stage.second()).rejects.toThrow('Another Parley')
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const second = await stage.second()
    const there = second.as(ann)
    for (let round = 0; round < 20; round++) {
      const id = newId<CommandId>()
      const input = { roomId, body: `round ${round}` }
      const [here, other] = await Promise.all([
        ann.does('post-message', input, id),
        there.does('post-message', input, id),
      ])
      expect(here).toEqual(other)
    }
    expect((await ann.reads(roomId)).length).toBe(20)
    await second.close()
  })

  test('[S1] two instances write one log without holes', async () => {
    if (stage.databaseName === 'sqlite') return expect(stage.second()).rejects.toThrow('Another Parley')
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    const second = await stage.second()
    const there = second.as(bob)
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => (index % 2 ? ann : there).posts(roomId, `${index}`)),
    )
    const numbers = answers.map((answer) => answer.number).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
    await second.close()
  })

  test('[A1] leaving and posting at once: nothing of theirs stands after their leaving', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    for (let round = 0; round < 30; round++) {
      const bob = await stage.person('Bob')
      await bob.does('enter-room', { roomId })
      await Promise.allSettled([bob.posts(roomId, 'one'), bob.does('leave-room', { roomId }), bob.posts(roomId, 'two')])
      const head = (await stage.state.heads([`room:${roomId}` as never])).values().next().value ?? 0
      const events = await ann.catchesUp(roomId, Math.max(0, head - 5))
      if (events === 'reset') throw new Error('too far behind')
      const left = events.findIndex((event) => event.type === 'member-left' && event.actorId === bob.id)
      expect(left).toBeGreaterThanOrEqual(0)
      expect(events.slice(left + 1).filter((event) => event.actorId === bob.id)).toEqual([])
    }
  })

  test('[A6] one id in two rooms at once is one message; the other is told, and nothing is a fault', async () => {
    const ann = await stage.person('Ann')
    const rooms = [await ann.createsRoom('Here'), await ann.createsRoom('There')]
    for (let round = 0; round < 10; round++) {
      const id = newId<CommandId>()
      const outcomes = await Promise.allSettled(
        rooms.map((roomId) =>
          stage.state.perform({ id, name: 'post-message', input: { roomId, body: 'x' }, actor: ann.actor, lane: {} }),
        ),
      )
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const refused = outcomes.find((outcome) => outcome.status === 'rejected')
      expect(refused?.reason).toMatchObject({ code: 'command-id-reused' })
    }
  })
})
