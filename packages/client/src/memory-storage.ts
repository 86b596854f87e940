import type { CommandId, RoomId } from '@parley/protocol'
import type { OutboxEntry } from './outbox-entry.ts'
import type { Draft, Lease, OutboxStorage, RememberedRoom } from './outbox-storage.ts'

/** Forgets with the process: for bots, tests, and where a browser keeps nothing. */
export function memoryStorage(): OutboxStorage {
  const entries = new Map<CommandId, OutboxEntry>()
  const drafts = new Map<string, Draft>()
  const rooms = new Map<string, RememberedRoom>()
  const leases = new Map<string, Lease>()
  const key = (of: { userId: string; roomId: RoomId }) => `${of.userId} ${of.roomId}`

  return {
    isShared: false,
    async write({ put = [], remove = [], clearDraft }) {
      for (const entry of put) entries.set(entry.id, entry)
      for (const id of remove) entries.delete(id)
      if (clearDraft) drafts.delete(key(clearDraft))
    },
    async load(userId) {
      const own = (item: { userId: string }) => item.userId === userId
      return { drafts: [...drafts.values()].filter(own), rooms: [...rooms.values()].filter(own) }
    },
    async setDraft(draft) {
      if (draft.text === '') drafts.delete(key(draft))
      else drafts.set(key(draft), draft)
    },
    async rememberRooms(userId, put, remove) {
      for (const room of put) rooms.set(key(room), room)
      for (const roomId of remove) rooms.delete(key({ userId, roomId }))
    },
    async renewLease(lease) {
      leases.set(lease.tabId, lease)
    },
    async endLease(tabId) {
      leases.delete(tabId)
    },
    async leases() {
      return [...leases.values()]
    },
    async adopt(userId, tabId, alive) {
      const orphans = [...entries.values()].filter((entry) => entry.userId === userId && !alive.has(entry.tabId))
      const adopted = orphans.map((entry) => ({ ...entry, tabId })).sort((a, b) => a.order - b.order)
      for (const entry of adopted) entries.set(entry.id, entry)
      for (const tab of leases.keys()) if (!alive.has(tab)) leases.delete(tab)
      return adopted
    },
    async purge(userId) {
      for (const [id, entry] of entries) if (entry.userId === userId) entries.delete(id)
      for (const [id, draft] of drafts) if (draft.userId === userId) drafts.delete(id)
      for (const [id, room] of rooms) if (room.userId === userId) rooms.delete(id)
    },
    close() {},
  }
}
