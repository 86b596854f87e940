import { expect, test } from 'bun:test'
import { onBothDatabases, PASSWORD } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  // What was asked a moment before is stored between the deletion and the end of the membership, also in one batch with it.
  test('[U8] of somebody who posts while their account is erased no message stays', async () => {
    const ann = await stage.person('Ann')
    for (let time = 0; time < 8; time++) {
      const roomId = await ann.createsRoom(`Busy ${time}`)
      const bob = await stage.account(`Bob ${'bcdfghjk'[time]}`)
      await bob.does('enter-room', { roomId })
      let posted = 0
      const goOn = async () => {
        for (let post = 0; post < 30; post++) {
          const isStored = await bob.posts(roomId, 'kept by mistake').then(
            () => true,
            () => false,
          )
          if (!isStored) return
          posted++
        }
      }
      const lanes = [goOn(), goOn(), goOn()]
      await stage.accounts.deleteAccount(bob.actor, { password: PASSWORD, messages: 'erase' })
      await Promise.all(lanes)
      await stage.forgetting.settled()
      expect(posted).toBeGreaterThan(0)
      const { messages } = await ann.asks('list-messages', { roomId, limit: 100 })
      expect(messages.filter(({ deletedAt }) => deletedAt === undefined)).toEqual([])
    }
  }, 40_000)
})
