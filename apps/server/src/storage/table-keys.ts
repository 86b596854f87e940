import type { TableName, Tables } from './tables.ts'

/** The primary key of each table, in its order: how tables are read page by page. A test holds it against the databases. */
export const KEYS: { readonly [T in TableName]: readonly (keyof Tables[T] & string)[] } = {
  meta: ['key'],
  streams: ['id'],
  events: ['stream', 'seq'],
  texts: ['id'],
  rooms: ['id'],
  room_names: ['key'],
  direct_pairs: ['key'],
  handles: ['key'],
  members: ['room_id', 'user_id'],
  bans: ['room_id', 'user_id'],
  absences: ['room_id', 'user_id'],
  blocks: ['user_id', 'blocked_id'],
  invitations: ['id'],
  messages: ['room_id', 'number'],
  reactions: ['message_id', 'emoji', 'user_id'],
  read_markers: ['user_id', 'room_id'],
  tombstones: ['room_id'],
  erasures: ['subject'],
  users: ['id'],
  sessions: ['id'],
  accounts: ['id'],
  verifications: ['id'],
  entries: ['command_id'],
  leases: ['name'],
}
