import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type CommandId, type MessagePage, newId } from '@parley/protocol'
import { Refusal } from '../../apps/server/src/rules/refusal.ts'
import { startServer, stopServers } from '../support/harness.ts'
import { people } from '../support/people.ts'
import { Arena } from './interleave.ts'

setDefaultTimeout(60_000)
/** Waiting for locks takes its time on PostgreSQL, so that it gets fewer. */
const ROUNDS = { sqlite: 60, postgres: 5 }

/** What PostgreSQL may answer when this machine is too slow for a lock to come within 3 s: nothing was stored. (SPEC C2) */
const NOT_HAD = ['busy']

for (const databaseName of ['sqlite', 'postgres'] as const) {
  describe(databaseName, () => {
    const arena = new Arena(databaseName)
    const seeds = Array.from({ length: ROUNDS[databaseName] }, (_, index) => index + 1)
    beforeAll(() => arena.open())
    afterAll(() => arena.close())

    test('[A1] leaving against posting: nothing of a person stands after their leaving', async () => {
      const [ann, bob] = [await arena.person('Ann'), await arena.person('Bob')]
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        await bob.here.does('enter-room', { roomId })
        const [, ...posts] = await arena.race(seed, [
          () => bob.here.does('leave-room', { roomId }),
          () => bob.there.does('post-message', { roomId, body: 'first' }),
          () => bob.there.does('post-message', { roomId, body: 'second' }),
          () => ann.there.does('post-message', { roomId, body: 'of Ann' }),
        ])
        const log = await arena.log(roomId)
        const left = log.find((row) => row.type === 'member-left')?.seq ?? 0
        const late = log.filter((row) => row.actorId === bob.actor.user.id && row.seq > left)
        expect(late).toEqual([])
        const stored = log.filter((row) => row.type === 'message-posted').length
        expect(posts.filter((post) => post.status === 'fulfilled').length).toBe(stored)
        for (const post of posts)
          if (post.status === 'rejected') expect(['not-a-member', ...NOT_HAD]).toContain(codeOf(post.reason))
      }
    })

    test('[D1] closing against posting: acknowledged before it or refused as closed, and nothing is left', async () => {
      const [ann, bob] = [await arena.person('Ann'), await arena.person('Bob')]
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        await bob.here.does('enter-room', { roomId })
        const [closing, ...posts] = await arena.race(seed, [
          () => ann.here.does('close-room', { roomId }),
          () => bob.there.does('post-message', { roomId, body: 'first' }),
          () => bob.there.does('post-message', { roomId, body: 'second' }),
        ])
        expect(closing.status).toBe('fulfilled')
        for (const post of posts)
          if (post.status === 'rejected') expect(['room-closed', ...NOT_HAD]).toContain(codeOf(post.reason))
        const late = await bob.here.does('post-message', { roomId, body: 'late' }).catch((error) => codeOf(error))
        expect(late).toBe('room-closed')
        const page = await bob.there.state.query(bob.actor, 'list-messages', { roomId }).catch((error) => codeOf(error))
        expect(page).toBe('room-closed')
      }
    })

    test('[A6] one id on two connections at once is one message, with one answer', async () => {
      const ann = await arena.person('Ann')
      const roomId = await arena.room(ann)
      for (const seed of seeds) {
        const id = newId<CommandId>()
        const body = `round ${seed}`
        const [here, there, again] = await arena.race(seed, [
          () => ann.here.does('post-message', { roomId, body }, id),
          () => ann.there.does('post-message', { roomId, body }, id),
          () => ann.there.does('post-message', { roomId, body }, id),
        ])
        expect(here.status).toBe('fulfilled')
        expect(there).toEqual(here)
        expect(again).toEqual(here)
        expect((await arena.log(roomId)).filter((row) => row.commandId === id)).toHaveLength(1)
      }
    })

    test("[E6] a page against edits: each message is as it was at the page's seq", async () => {
      const [ann, bob] = [await arena.person('Ann'), await arena.person('Bob')]
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        await bob.here.does('enter-room', { roomId })
        const posted = []
        for (const body of ['one', 'two', 'three']) posted.push(await ann.here.does('post-message', { roomId, body }))
        const edits = posted.map(
          ({ messageId }) =>
            () =>
              ann.there.does('edit-message', { roomId, messageId, body: 'edited' }),
        )
        const ask = () => bob.here.state.query(bob.actor, 'list-messages', { roomId }) as Promise<MessagePage>
        const [page] = await arena.race(seed, [ask, ...edits])
        if (page.status === 'rejected') throw page.reason
        const log = await arena.log(roomId)
        for (const message of page.value.messages) {
          const changes = log.filter((row) => row.subject === message.id && row.seq <= page.value.seq)
          expect(message.version).toBe(changes.at(-1)?.seq ?? 0)
          expect(message.body === 'edited').toBe(changes.at(-1)?.type === 'message-edited')
        }
      }
    })

    test('[S4] a post, a leaving and an edit of one turn are performed in their order', async () => {
      const [ann, bob] = [await arena.person('Ann'), await arena.person('Bob')]
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        await bob.here.does('enter-room', { roomId })
        const { messageId } = await bob.here.does('post-message', { roomId, body: 'before' })
        const [post, leaving, edit] = await arena.race(seed, [
          () => bob.here.does('post-message', { roomId, body: 'last words' }),
          () => bob.here.does('leave-room', { roomId }),
          () => bob.here.does('edit-message', { roomId, messageId, body: 'too late' }),
        ])
        expect([post.status, leaving.status]).toEqual(['fulfilled', 'fulfilled'])
        expect(edit.status === 'rejected' && codeOf(edit.reason)).toBe('not-a-member')
        const types = (await arena.log(roomId)).map((row) => row.type)
        expect(types.slice(-3)).toEqual(['message-posted', 'message-posted', 'member-left'])
      }
    })

    test('[S4] an entering and a post of one turn: the post is judged after the entering', async () => {
      const ann = await arena.person('Ann')
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        const bob = await arena.person('Bob')
        const posts = Array.from({ length: 6 }, (_, index) => `post ${index + 1}`)
        const outcomes = await arena.race(seed, [
          () => bob.here.does('enter-room', { roomId }),
          ...posts.map((body) => () => bob.here.does('post-message', { roomId, body })),
        ])
        expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toEqual([])
        const page = (await bob.here.state.query(bob.actor, 'list-messages', { roomId })) as MessagePage // as: its output
        expect(page.messages.map((message) => message.body)).toEqual(posts)
      }
    })

    test('[A6] a repeat from somebody who left meanwhile gets the first answer', async () => {
      const [ann, bob] = [await arena.person('Ann'), await arena.person('Bob')]
      const roomId = await arena.room(ann)
      await bob.here.does('enter-room', { roomId })
      const id = newId<CommandId>()
      const first = await bob.here.does('post-message', { roomId, body: 'said' }, id)
      await bob.here.does('leave-room', { roomId })
      expect(await bob.there.does('post-message', { roomId, body: 'said' }, id)).toEqual(first)
      const fresh = bob.there.does('post-message', { roomId, body: 'said' })
      expect(await fresh.catch((error) => codeOf(error))).toBe('not-a-member')
    })
  })
}

test('[F2] closing against an offline outbox: what was written meanwhile lies under "Not sent"', async () => {
  await using server = await startServer()
  using present = people(server)
  const { alice, bob } = await present.room('closing').with('alice', 'bob')
  bob.goesOffline()
  const written = [bob.writes('first'), bob.writes('second')]
  await alice.closesRoom()
  await bob.comesBack()
  const { outbox } = bob.client
  await bob.waitsFor('both under "Not sent"', () => outbox.value.notSent.length === 2)
  expect(outbox.value.notSent.map((entry) => entry.id)).toEqual(written)
  expect(outbox.value.notSent.map((entry) => entry.refusal.code)).toEqual(['room-closed', 'room-closed'])
  expect(outbox.value.queued).toBe(0)
})

afterAll(stopServers)

function codeOf(error: unknown): string {
  if (error instanceof Refusal) return error.code
  throw error
}
