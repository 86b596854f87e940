import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases, refusalOf } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[D1] close-room ends everything at once and says who closed what', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const { roomId } = await ann.does('create-room', { name: 'Short lived' })
    await bob.does('enter-room', { roomId })
    await bob.posts(roomId, 'hello')
    expect(await codeOf(bob.does('close-room', { roomId }))).toBe('not-allowed')
    const id = newId<CommandId>()
    await ann.does('close-room', { roomId }, id)
    expect(stage.fanout.heard.findLast((heard) => heard.kind === 'room-closed')).toMatchObject({
      roomId,
      roomName: 'Short lived',
      closedBy: { id: ann.id },
      closedAt: stage.now,
    })
    expect(await refusalOf(bob.posts(roomId, 'late'))).toMatchObject({
      code: 'room-closed',
      details: { closedAt: stage.now },
    })
    expect(await codeOf(bob.asks('list-messages', { roomId }))).toBe('room-closed')
    expect(await codeOf(stage.state.catchUp(bob.actor, roomId, 0))).toBe('room-closed')
    expect(await stage.state.welcome(bob.actor)).toMatchObject({ rooms: [] })
    expect((await stage.state.welcome(bob.actor)).lastRoomId).toBeUndefined()
    expect(await ann.does('close-room', { roomId }, id)).toEqual({})
    expect(await ann.does('close-room', { roomId })).toEqual({})
    await bob.does('create-room', { name: 'Short lived' })
  })

  test('[D1] the eraser leaves a receipt with counts and nothing else, also after a restart', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Big')
    const { messageId } = await ann.posts(roomId, 'with reactions')
    await ann.does('add-reaction', { roomId, messageId, emoji: '👍' })
    await Promise.all(Array.from({ length: 600 }, (_, index) => ann.posts(roomId, `message ${index}`)))
    await ann.does('close-room', { roomId })
    await stage.restart()
    await stage.eraser.settled()
    const [receipt] = await stage.db.read((reader) => reader.lookup('erasures', ['subject'], [{ subject: roomId }]))
    expect(receipt).toMatchObject({ messages: 601, texts: 603, events: 604, reactions: 1, members: 1 })
    expect(receipt?.finished_at).not.toBeNull()
    for (const table of ['messages', 'members', 'read_markers', 'reactions'] as const) {
      const left = await stage.db.read((reader) =>
        reader.lookup(table, ['room_id'] as never, [{ room_id: roomId }] as never),
      )
      expect(left).toEqual([])
    }
    const ledger = readFileSync(join(stage.dataFolder, 'erased.jsonl'), 'utf8')
    expect(ledger).toContain(JSON.stringify({ kind: 'room', id: roomId, at: stage.now }))
  })

  test('[D2] a byte scan of the data folder finds nothing of 3,000 edited messages between two other rooms', async () => {
    // Only SQLite's pages are scanned, so PostgreSQL gets a smaller room.
    const size = stage.databaseName === 'sqlite' ? 3_000 : 500
    const ann = await stage.person('Ann')
    const rooms = await Promise.all(
      ['before', 'canary', 'after'].map((name) => ann.createsRoom(name, `topic-${name}-QZX`)),
    )
    const [, roomId] = rooms
    if (!roomId) throw new Error('no room')
    const words = (index: number, room: number) =>
      `${room === 1 ? 'CANARYQZX' : 'neighbour'} ${index} ${'padding '.repeat(index % 40)}`
    for (let start = 0; start < size; start += 250) {
      const posted = await Promise.all(
        Array.from({ length: 250 }, (_, offset) =>
          Promise.all(rooms.map((room, place) => ann.posts(room, words(start + offset, place)))),
        ),
      )
      const edits = posted.flatMap((three, offset) => {
        const message = three[1]
        return message && offset % 3 === 0
          ? ann.does('edit-message', {
              roomId,
              messageId: message.messageId,
              body: `CANARYQZX edited ${'longer '.repeat(offset % 90)}`,
            })
          : []
      })
      await Promise.all(edits)
    }
    await ann.does('close-room', { roomId })
    await stage.eraser.settled()
    if (stage.databaseName === 'postgres') {
      // PostgreSQL keeps old pages until it rewrites them; what can be shown is that no row holds the text. (SPEC D3)
      const [receipt] = await stage.db.read((reader) => reader.lookup('erasures', ['subject'], [{ subject: roomId }]))
      expect(receipt).toMatchObject({ messages: size, texts: size + 2 })
      return
    }
    const found = readdirSync(stage.dataFolder).filter((name) => {
      const bytes = readFileSync(join(stage.dataFolder, name))
      return bytes.includes('CANARYQZX') || bytes.includes('topic-canary-QZX')
    })
    expect(found).toEqual([])
    expect(readFileSync(join(stage.dataFolder, 'parley.db')).includes('neighbour 2999')).toBe(true)
  }, 60_000)
})
