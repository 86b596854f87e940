import { expect } from 'bun:test'
import type { RoomView } from '@parley/client'
import { LIMITS, type MessagePage, type MyRoom, type RoomId, type SessionId } from '@parley/protocol'
import type { Actor as ServerActor } from '../../apps/server/src/rules/actor.ts'
import type { Actor } from './actor.ts'
import type { World } from './world.ts'

/** What a client has come to believe, bit by bit, must be what a newcomer would be told at once. */
export async function expectSameAsFresh(world: World, actor: Actor): Promise<void> {
  const { state } = world.server
  const asker = askerOf(actor)
  const { rooms: all, blocked } = await state.welcome(asker)
  // A conversation that somebody else began shows itself with its first message.
  const rooms = all.filter(
    ({ room, lastNumber }) => room.kind !== 'direct' || lastNumber > 0 || room.ownerId === actor.user.id,
  )
  const known = actor.client.rooms.value.map(({ room, marker, lastNumber, unread }) => ({
    room,
    marker,
    lastNumber,
    unread,
  }))
  const told = rooms.map(({ room, marker, lastNumber, unread }) => ({ room, marker, lastNumber, unread }))
  expect(byRoom(known)).toEqual(byRoom(told))
  const roles = (list: readonly MyRoom[]) =>
    byRoom(list).map(({ role, mutedUntil, peer }) => [role, mutedUntil, peer?.id])
  expect(roles(actor.client.rooms.value)).toEqual(roles(rooms))
  expect([...actor.client.blocked.value].sort()).toEqual([...blocked].sort())
}

/** The room that the client has open. */
export async function expectRoomSameAsFresh(world: World, actor: Actor, roomId: RoomId): Promise<void> {
  const { state, occupancy } = world.server
  const view = actor.client.room(roomId).view.value
  const { snapshot } = await state.roomSnapshot(askerOf(actor), roomId)
  if (view?.phase !== 'live') throw new Error(`${actor.name} does not follow ${roomId}: ${view?.phase}`)
  const shown = rowsOf(view).slice(-LIMITS.messagesPerPage)
  const last = shown.at(-1)?.number ?? 0
  const page = await state.query(askerOf(actor), 'list-messages', {
    roomId,
    before: last + 1,
    limit: Math.max(1, shown.length),
  })
  const { messages, mine, lastNumber } = page as MessagePage // as: the output of this query
  const fresh = messages.map((message) => ({
    number: message.number,
    messageId: message.id,
    commandId: message.commandId,
    authorId: message.authorId,
    body: message.body,
    postedAt: message.postedAt,
    editedAt: message.editedAt,
    isDeleted: message.deletedAt !== undefined,
    reactions: message.reactions.map(({ emoji, count, people }) => ({
      emoji,
      count,
      people,
      isMine: mine[message.id]?.includes(emoji) ?? false,
    })),
  }))
  expect(shown).toEqual(fresh)
  expect(view.lastNumber).toBe(lastNumber)
  expect(view.hasNewer).toBe(last < lastNumber)
  expect(view.room).toEqual(snapshot.room)
  expect(view.memberCount).toBe(snapshot.memberCount)
  const present = occupancy.occupants(roomId)
  expect(view.occupants?.count).toBe(present.count)
  expect(idsOf(view.occupants?.people)).toEqual(idsOf(present.people))
}

export async function expectLobbySameAsFresh(world: World, actor: Actor): Promise<void> {
  const { state, occupancy } = world.server
  const active = occupancy.activeRooms()
  const { rooms, total } = await state.lobbyRooms({ first: 200, ids: [...active.keys()] })
  const fresh = rooms.map(({ id, name, topic }) => ({ id, name, topic, occupants: active.get(id)?.occupants ?? 0 }))
  const lobby = actor.client.lobby.value
  const shown = lobby?.existing.map(({ id, name, topic, occupants }) => ({ id, name, topic, occupants }))
  expect(byId(shown ?? [])).toEqual(byId(fresh))
  expect(lobby?.totals).toEqual({ existing: total, active: fresh.filter((room) => room.occupants > 0).length })
}

export function askerOf(actor: Actor): ServerActor {
  // as: of the session only the id is used, and only to end it.
  return { user: actor.user, sessionId: 'simulated' as SessionId }
}

function rowsOf(view: RoomView) {
  return view.rows.map(
    ({ number, messageId, commandId, authorId, body, postedAt, editedAt, isDeleted, reactions }) => ({
      number,
      messageId,
      commandId,
      authorId,
      body,
      postedAt,
      editedAt,
      isDeleted,
      reactions: reactions.map(({ emoji, count, people, isMine }) => ({ emoji, count, people, isMine })),
    }),
  )
}

const idsOf = (people: readonly { id: string }[] = []): string[] => people.map((user) => user.id).sort()
const byId = <T extends { id: string }>(rooms: readonly T[]): T[] => [...rooms].sort((a, b) => (a.id < b.id ? -1 : 1))
const byRoom = <T extends { room: { id: string } }>(rooms: readonly T[]): T[] =>
  [...rooms].sort((a, b) => (a.room.id < b.room.id ? -1 : 1))
