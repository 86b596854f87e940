import type { EventType, SignalName } from '@parley/protocol'

/**
 * Who may be told what. `following`: members who have the room open; `members`: all of the room, wherever they look;
 * `oneself`: all devices of the person it is about; `lobby`: whoever looks at the lobby, of listed rooms only; `acquainted`:
 * whoever shares a room with the person, or has it open.
 */
export type Audience = 'following' | 'members' | 'oneself' | 'lobby' | 'acquainted'

/** Every event. One without its audience does not compile. */
export const EVENT_AUDIENCES: { readonly [Type in EventType]: Audience } = {
  'room-created': 'following',
  'room-renamed': 'following',
  'topic-changed': 'following',
  'rules-changed': 'following',
  'role-changed': 'following',
  'owner-changed': 'following',
  'member-joined': 'following',
  'member-left': 'following',
  'member-removed': 'following',
  'message-posted': 'following',
  'message-edited': 'following',
  'message-deleted': 'following',
  'reaction-added': 'following',
  'reaction-removed': 'following',
  'room-entered': 'oneself',
  'room-left': 'oneself',
}

/** Every signal. One without its audience does not compile. */
export const SIGNAL_AUDIENCES: { readonly [Name in SignalName]: Audience } = {
  typing: 'following',
  occupants: 'following',
  profile: 'acquainted',
  lobby: 'lobby',
  activity: 'members',
  marker: 'oneself',
  room: 'members',
  standing: 'oneself',
  blocks: 'oneself',
  'room-closed': 'members',
}

/** Those who are watched: devices of a room's owner and of a member, in it and elsewhere, and people outside of it. */
export const DEVICES = [
  'owner, following',
  'owner, in the lobby',
  'member, following',
  'member, in the lobby',
  'former member, in the lobby',
  'banned, in the lobby',
  'stranger, in the lobby',
] as const
export type DeviceName = (typeof DEVICES)[number]

/** Whether this device may be told at all. `isListed`: the room may be known to everybody. */
export function mayBeTold(audience: Audience, device: DeviceName, isListed: boolean): boolean {
  const isInside = device.startsWith('owner') || device.startsWith('member')
  switch (audience) {
    case 'following':
      return isInside && device.endsWith('following')
    case 'members':
    case 'oneself':
    case 'acquainted':
      return isInside
    case 'lobby':
      return isListed && device.endsWith('in the lobby')
    default:
      return audience satisfies never
  }
}

export const AUDIENCE_CELLS =
  (Object.keys(EVENT_AUDIENCES).length + Object.keys(SIGNAL_AUDIENCES).length) * DEVICES.length * 3
