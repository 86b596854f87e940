import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { Refusal } from '../../apps/server/src/rules/refusal.ts'
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

    const cast = async () => ({
      ann: await arena.person('Ann'),
      bob: await arena.person('Bob'),
      cid: await arena.person('Cid'),
    })

    test('[O4] banning against entering: whoever is banned is no member afterwards, whichever came first', async () => {
      const { ann, bob } = await cast()
      const userId = bob.actor.user.id
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        const [ban, entering] = await arena.race(seed, [
          () => ann.here.does('ban-member', { roomId, userId }),
          () => bob.there.does('enter-room', { roomId }),
          () => bob.there.does('post-message', { roomId, body: 'just in' }),
        ])
        if (ban.status === 'rejected') expect(NOT_HAD).toContain(codeOf(ban.reason))
        else {
          if (entering.status === 'rejected') expect(['banned', ...NOT_HAD]).toContain(codeOf(entering.reason))
          const log = await arena.log(roomId)
          const removed = log.findLast((row) => row.type === 'member-removed')?.seq ?? 0
          const joined = log.findLast((row) => row.type === 'member-joined' && row.subject === userId)?.seq ?? 0
          expect(removed > joined || joined === 0).toBe(true)
          expect(log.filter((row) => row.actorId === userId && row.seq > Math.max(removed, 1) && removed > 0)).toEqual(
            [],
          )
          const again = bob.here.does('enter-room', { roomId })
          expect(await again.catch((error) => codeOf(error))).toBe('banned')
        }
      }
    })

    test('[O5] muting against posting: nothing is stored after the mute was answered', async () => {
      const { ann, bob } = await cast()
      const userId = bob.actor.user.id
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        await bob.here.does('enter-room', { roomId })
        const [mute, ...posts] = await arena.race(seed, [
          () => ann.here.does('mute-member', { roomId, userId }),
          () => bob.there.does('post-message', { roomId, body: 'first' }),
          () => bob.there.does('post-message', { roomId, body: 'second' }),
          () => bob.there.does('leave-room', { roomId }),
          () => bob.there.does('enter-room', { roomId }),
        ])
        for (const post of posts)
          if (post.status === 'rejected') expect(['muted', ...NOT_HAD]).toContain(codeOf(post.reason))
        if (mute.status === 'rejected') expect(['person-not-found', ...NOT_HAD]).toContain(codeOf(mute.reason))
        else expect(await bob.here.does('post-message', { roomId, body: 'x' }).catch(codeOf)).toBe('muted')
        const order = posts.slice(0, 2).map(({ status }) => status)
        if (!posts.some((post) => post.status === 'rejected' && NOT_HAD.includes(codeOf(post.reason))))
          expect(order).not.toEqual(['rejected', 'fulfilled'])
      }
    })

    test('[O2] demoted in mid-flight: what a moderator does is before the demotion, or refused', async () => {
      const { ann, bob, cid } = await cast()
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        for (const person of [bob, cid]) await person.here.does('enter-room', { roomId })
        const userId = bob.actor.user.id
        await ann.here.does('set-member-role', { roomId, userId, role: 'moderator' })
        const [demotion, ...deeds] = await arena.race(seed, [
          () => ann.here.does('set-member-role', { roomId, userId, role: 'member' }),
          () => bob.there.does('remove-member', { roomId, userId: cid.actor.user.id }),
          () => bob.there.does('set-room-rules', { roomId, isReadOnly: true }),
          () => bob.there.does('change-topic', { roomId, topic: 'coup' }),
        ])
        for (const deed of deeds)
          if (deed.status === 'rejected') expect(['not-allowed', ...NOT_HAD]).toContain(codeOf(deed.reason))
        if (demotion.status === 'rejected') continue
        const log = await arena.log(roomId)
        const demotedAt = log.findLast((row) => row.type === 'role-changed')?.seq ?? 0
        expect(log.filter((row) => row.actorId === userId && row.seq > demotedAt)).toEqual([])
        expect(log.filter((row) => row.actorId === userId).length - 1).toBe(
          deeds.filter(({ status }) => status === 'fulfilled').length,
        )
      }
    })

    test('[O2] two hand-overs at once: one owner, and one of them is refused', async () => {
      const { ann, bob, cid } = await cast()
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        for (const person of [bob, cid]) await person.here.does('enter-room', { roomId })
        const handOvers = await arena.race(seed, [
          () => ann.here.does('hand-over-room', { roomId, userId: bob.actor.user.id }),
          () => ann.there.does('hand-over-room', { roomId, userId: cid.actor.user.id }),
        ])
        for (const handOver of handOvers)
          if (handOver.status === 'rejected') expect(['not-allowed', ...NOT_HAD]).toContain(codeOf(handOver.reason))
        const log = await arena.log(roomId)
        expect(log.filter((row) => row.type === 'owner-changed')).toHaveLength(
          handOvers.filter(({ status }) => status === 'fulfilled').length,
        )
        const owners = (await Promise.all([ann, bob, cid].map((one) => ownsRoom(one, roomId)))).filter(Boolean)
        expect(owners).toHaveLength(1)
      }
    })

    test('[O1] a post, a removal and an edit of one turn are performed in their order', async () => {
      const { ann, bob } = await cast()
      for (const seed of seeds) {
        const roomId = await arena.room(ann)
        await bob.here.does('enter-room', { roomId })
        const { messageId } = await bob.here.does('post-message', { roomId, body: 'before' })
        // One lane each, as a script of the owner that forwards: posts of others and the removal arrive in this order.
        const [post, removal, edit] = await arena.race(seed, [
          () => bob.here.does('post-message', { roomId, body: 'last words' }),
          () => ann.here.does('remove-member', { roomId, userId: bob.actor.user.id }),
          () => bob.here.does('edit-message', { roomId, messageId, body: 'too late' }),
        ])
        const types = (await arena.log(roomId)).slice(4).map((row) => row.type)
        expect(removal.status).toBe('fulfilled')
        const stored = [post, edit].filter(({ status }) => status === 'fulfilled').length
        expect(types).toHaveLength(stored + 1)
        // Bob's two keep their order, and the removal is the last word about him.
        expect(types.at(-1)).toBe('member-removed')
        if (post.status === 'rejected') expect(edit.status).toBe('rejected')
        for (const deed of [post, edit])
          if (deed.status === 'rejected') expect(['not-a-member', ...NOT_HAD]).toContain(codeOf(deed.reason))
      }
    })

    async function ownsRoom(person: Awaited<ReturnType<Arena['person']>>, roomId: Parameters<Arena['log']>[0]) {
      const answer = (await person.here.state.query(person.actor, 'get-room', { roomId })) as {
        room: { ownerId: string }
      } // as: what this query answers
      return answer.room.ownerId === person.actor.user.id
    }
  })
}

function codeOf(error: unknown): string {
  if (error instanceof Refusal) return error.code
  throw error
}
