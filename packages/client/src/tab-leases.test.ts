import { expect, test } from 'bun:test'
import type { RoomId, User } from '@parley/protocol'
import { settled } from '../testing/fake-clock.ts'
import { House } from '../testing/house.ts'
import { memoryStorage } from './memory-storage.ts'
import type { OutboxStorage } from './outbox-storage.ts'
import type { TabChannel, TabMessage } from './tab-leases.ts'

/** A channel between the tabs of one browser; a frozen tab does not hear. */
class Channels {
  readonly #open = new Set<TabChannel>()
  readonly frozen = new Set<TabChannel>()

  open(): TabChannel {
    const channel: TabChannel = {
      onmessage: null,
      postMessage: (message: TabMessage) => {
        for (const other of this.#open) {
          if (other !== channel && !this.frozen.has(other)) queueMicrotask(() => other.onmessage?.({ data: message }))
        }
      },
      close: () => void this.#open.delete(channel),
    }
    this.#open.add(channel)
    return channel
  }

  freeze(): void {
    for (const channel of this.#open) this.frozen.add(channel)
  }
}

function browser(): { house: House; ann: User; roomId: RoomId; storage: OutboxStorage; channels: Channels } {
  const house = new House()
  const ann = house.person('Ann')
  const roomId = house.world.createRoom(ann.id, 'designers')
  return { house, ann, roomId, storage: { ...memoryStorage(), isShared: true }, channels: new Channels() }
}

async function offlineTab({ house, ann, roomId, storage, channels }: ReturnType<typeof browser>, bodies: string[]) {
  const tab = await house.online(ann, { storage, openTabChannel: () => channels.open() })
  await house.clock.advance(300)
  house.server.refusesSockets = true
  house.server.cutAll()
  await house.clock.advance(0)
  for (const body of bodies) tab.room(roomId).postMessage({ body })
  await settled()
  return tab
}

test('[F1] a living tab keeps its entries; one that no longer answers loses them at once', async () => {
  const world = browser()
  const { house, ann, storage, channels } = world
  await offlineTab(world, ['one', 'two'])
  const second = await house.online(ann, { storage, openTabChannel: () => channels.open() })
  await house.clock.advance(300)
  expect(second.outbox.value.queued).toBe(0)
  channels.freeze()
  const third = house.client(ann, { storage, openTabChannel: () => channels.open() })
  house.server.refusesSockets = false
  await third.whoAmI()
  await house.clock.advance(300)
  expect(third.outbox.value.entries.map((entry) => 'body' in entry.command && entry.command.body)).toEqual([
    'one',
    'two',
  ])
})

test('[F1] without a channel a dead tab is adopted when its lease has expired', async () => {
  const world = browser()
  const { house, ann, roomId, storage } = world
  await storage.write({
    put: [
      {
        id: '01890a5d-ac96-7000-8000-00000000000a' as never,
        userId: ann.id,
        roomId,
        tabId: 'dead',
        order: 1,
        createdAt: 0,
        command: { name: 'post-message', body: 'left behind' },
        isWritten: true,
        isSending: false,
        refusal: undefined,
      },
    ],
  })
  await storage.renewLease({ tabId: 'dead', aliveAt: house.clock.now() })
  const client = await house.online(ann, { storage, openTabChannel: () => undefined })
  await house.clock.advance(10_000)
  expect(house.world.roomOf(roomId).messages).toEqual([])
  await house.clock.advance(10_000)
  expect(house.world.roomOf(roomId).messages.map((message) => message.body)).toEqual(['left behind'])
  client.disconnect()
})

test('[F1] an entry that two tabs hold is still stored once', async () => {
  const world = browser()
  const { house, ann, roomId, storage, channels } = world
  const first = await offlineTab(world, ['once'])
  channels.freeze()
  const second = await house.online(ann, { storage, openTabChannel: () => channels.open() })
  await house.clock.advance(300)
  house.server.refusesSockets = false
  await house.clock.advance(20_000)
  expect(house.world.roomOf(roomId).messages.map((message) => message.body)).toEqual(['once'])
  expect([first.outbox.value.queued, second.outbox.value.queued]).toEqual([0, 0])
})
