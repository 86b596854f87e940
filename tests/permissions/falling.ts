import type { RoomId } from '@parley/protocol'
import { type Cell, cells, contextOf, expectedOf } from './cells.ts'
import type { Who } from './expected.ts'
import type { PermissionWorld } from './world.ts'

export interface FallingCell {
  readonly cell: Cell
  /** Takes from the asker what they are. */
  readonly fall: () => Promise<unknown>
  /** What they are then. */
  readonly after: Who
}

type Fall = Omit<FallingCell, 'cell'>

/** Every command that somebody may give, together with each way of losing the standing by which they may. */
export function fallingCells(world: PermissionWorld): FallingCell[] {
  return cells().flatMap((cell) => {
    const { gate } = cell.variant
    if (cell.kind === 'query' || gate === 'anybody') return []
    const context = contextOf(world, cell.who)
    if (expectedOf(cell, context) !== 'ok') return []
    const falls = 'server' in gate ? fallsOnServer(world, cell.who) : fallsInRoom(world, cell.who, context.scene.roomId)
    return falls.map((fall) => ({ cell, ...fall }))
  })
}

function fallsInRoom(world: PermissionWorld, who: Who, roomId: RoomId): Fall[] {
  if (who.kind !== 'public' && who.kind !== 'private') return []
  const { actor } = world.asker(who.position, who.instance)
  const about = { roomId, userId: actor.user.id }
  // Of the room that this person meets: the main one's, or the one they left.
  const scene = world.scene(who.kind, who)
  const owner = world.askers.find((asker) => asker.actor.user.id === scene.people.owner)
  const heir = world.asker('moderator', 'guest').actor.user.id
  if (!owner) throw new Error('The room has no owner.')
  const by = (name: 'set-member-role' | 'remove-member' | 'mute-member', input: object) => () =>
    world.performs(owner.actor, name, input, true)
  const handsOver = () => world.performs(actor, 'hand-over-room', { roomId, userId: heir }, true)
  switch (who.position) {
    case 'owner':
      return [{ fall: handsOver, after: { ...who, position: 'moderator' } }]
    case 'absent owner':
      return [{ fall: handsOver, after: { ...who, position: 'former' } }]
    case 'moderator':
      return [
        { fall: by('set-member-role', { ...about, role: 'member' }), after: { ...who, position: 'member' } },
        { fall: by('remove-member', about), after: { ...who, position: 'former' } },
      ]
    case 'member':
      return [
        { fall: by('mute-member', about), after: { ...who, position: 'muted' } },
        { fall: by('remove-member', about), after: { ...who, position: 'former' } },
      ]
    default:
      return []
  }
}

function fallsOnServer(world: PermissionWorld, who: Who): Fall[] {
  if (who.instance !== 'owner' && who.instance !== 'administrator') return []
  const { actor } = world.asker(who.position, who.instance)
  const by = world.asker(who.position === 'stranger' ? 'former' : 'stranger', 'owner').actor
  const fall = () => world.performs(by, 'set-person-role', { userId: actor.user.id, role: 'member' }, true)
  return [{ fall, after: { ...who, instance: 'member' } }]
}
