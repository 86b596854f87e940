import type {
  CommandId,
  EventType,
  InvitationId,
  MessageId,
  Room,
  RoomId,
  SessionId,
  StreamId,
  UserId,
} from '@parley/protocol'

/** What lies in each table. `COLUMNS` below says how; a test holds both against the migrated databases. */
export interface Tables {
  /** `epoch`, and secrets where the database keeps them. */
  meta: { key: string; value: string }
  streams: { id: StreamId; head: number; floor: number; number: number }
  events: {
    stream: StreamId
    seq: number
    type: EventType
    at: number
    actor_id: UserId
    command_id: CommandId
    part: number
    subject: string | null
    number: number | null
    data: string | null
  }
  texts: { id: number; body: string }
  rooms: {
    id: RoomId
    kind: Room['kind']
    name_text: number
    topic_text: number
    owner_id: UserId
    created_at: number
    active_at: number
    version: number
    is_read_only: number
    slow_seconds: number
  }
  room_names: { key: string; room_id: RoomId }
  /** `key` is a digest of both ids; of those `low_id` sorts first. */
  direct_pairs: { key: string; room_id: RoomId; low_id: UserId; high_id: UserId }
  handles: { key: string; user_id: UserId }
  members: {
    room_id: RoomId
    user_id: UserId
    joined_at: number
    role: 'moderator' | 'member'
    /** Epoch ms. */
    muted_until: number | null
    /** Kept only while the room is in slow mode. */
    posted_at: number | null
  }
  bans: { room_id: RoomId; user_id: UserId; banned_at: number; banned_until: number | null }
  /** What waits in a room for people who left it or were removed: their mute, and when they last posted in slow mode. */
  absences: { room_id: RoomId; user_id: UserId; muted_until: number | null; posted_at: number | null }
  blocks: { user_id: UserId; blocked_id: UserId; blocked_at: number }
  invitations: {
    id: InvitationId
    token_hash: string
    /** Null: to the server as a whole. */
    room_id: RoomId | null
    created_by: UserId
    created_at: number
    expires_at: number | null
    max_uses: number | null
    uses: number
    revoked_at: number | null
  }
  messages: {
    room_id: RoomId
    number: number
    id: MessageId
    author_id: UserId
    command_id: CommandId
    posted_at: number
    text_id: number
    version: number
    edited_at: number | null
    deleted_at: number | null
  }
  reactions: { message_id: MessageId; emoji: string; user_id: UserId; room_id: RoomId; at: number }
  read_markers: { user_id: UserId; room_id: RoomId; number: number }
  tombstones: { room_id: RoomId; was_listed: number; closed_at: number; closed_by: UserId }
  /** The eraser's jobs; finished ones are the receipts. Counts, never digests of content. */
  erasures: {
    subject: string
    /** A room with its history; a person with their messages; a person whose messages stay. */
    kind: 'room' | 'person' | 'name'
    requested_at: number
    finished_at: number | null
    messages: number
    texts: number
    events: number
    reactions: number
    members: number
  }
  users: {
    id: UserId
    kind: 'guest' | 'account'
    handle_text: number
    name_text: number
    version: number
    last_room_id: RoomId | null
    created_at: number
    deleted_at: number | null
    /** Always a random placeholder that leads nowhere; a real address lies in `email_text`. */
    email: string
    email_verified: number
    image: string | null
    updated_at: number
    /** On the whole server. */
    role: 'owner' | 'administrator' | null
    disabled_at: number | null
    /** The real e-mail address, if one was given; never a key. */
    email_text: number | null
  }
  sessions: {
    id: SessionId
    token: string
    user_id: UserId
    expires_at: number
    created_at: number
    updated_at: number
    ip_address: string | null
    user_agent: string | null
  }
  accounts: {
    id: string
    user_id: UserId
    /** Who vouches for the person: a provider's issuer, or `password` for the password that Parley itself checks. */
    provider_id: string
    /** Whom they vouch for: the provider's subject. With `provider_id` the only key of an identity, never an e-mail. (SPEC P3) */
    account_id: string
    password: string | null
    access_token: string | null
    refresh_token: string | null
    id_token: string | null
    access_token_expires_at: number | null
    refresh_token_expires_at: number | null
    scope: string | null
    created_at: number
    updated_at: number
  }
  /** Sign-ins on their way to a provider and back, and people who come from there without a name yet. (SPEC P2, P4) */
  verifications: {
    id: string
    /** The digest of what the browser brings back. */
    identifier: string
    value: string
    expires_at: number
    created_at: number
    updated_at: number
  }
  /** Guests entering, for ten minutes: which user a command id and secret led to. */
  entries: { command_id: CommandId; secret_hash: string; user_id: UserId; expires_at: number }
  /** Which instance does what only one is to do, and until when by the database's clock. Empty with SQLite. */
  leases: { name: 'eraser' | 'forget-people' | 'expire-guests'; holder: string; until: number }
}

export type TableName = keyof Tables

/** `body` is text that people type: bytes on SQLite, where erasing overwrites them in place. (SPEC D2) */
export type ColumnKind = 'text' | 'int' | 'body'

export const COLUMNS: { readonly [T in TableName]: { readonly [C in keyof Tables[T]]: ColumnKind } } = {
  meta: { key: 'text', value: 'text' },
  streams: { id: 'text', head: 'int', floor: 'int', number: 'int' },
  events: {
    stream: 'text',
    seq: 'int',
    type: 'text',
    at: 'int',
    actor_id: 'text',
    command_id: 'text',
    part: 'int',
    subject: 'text',
    number: 'int',
    data: 'text',
  },
  texts: { id: 'int', body: 'body' },
  rooms: {
    id: 'text',
    kind: 'text',
    name_text: 'int',
    topic_text: 'int',
    owner_id: 'text',
    created_at: 'int',
    active_at: 'int',
    version: 'int',
    is_read_only: 'int',
    slow_seconds: 'int',
  },
  room_names: { key: 'text', room_id: 'text' },
  direct_pairs: { key: 'text', room_id: 'text', low_id: 'text', high_id: 'text' },
  handles: { key: 'text', user_id: 'text' },
  members: {
    room_id: 'text',
    user_id: 'text',
    joined_at: 'int',
    role: 'text',
    muted_until: 'int',
    posted_at: 'int',
  },
  bans: { room_id: 'text', user_id: 'text', banned_at: 'int', banned_until: 'int' },
  absences: { room_id: 'text', user_id: 'text', muted_until: 'int', posted_at: 'int' },
  blocks: { user_id: 'text', blocked_id: 'text', blocked_at: 'int' },
  invitations: {
    id: 'text',
    token_hash: 'text',
    room_id: 'text',
    created_by: 'text',
    created_at: 'int',
    expires_at: 'int',
    max_uses: 'int',
    uses: 'int',
    revoked_at: 'int',
  },
  messages: {
    room_id: 'text',
    number: 'int',
    id: 'text',
    author_id: 'text',
    command_id: 'text',
    posted_at: 'int',
    text_id: 'int',
    version: 'int',
    edited_at: 'int',
    deleted_at: 'int',
  },
  reactions: { message_id: 'text', emoji: 'text', user_id: 'text', room_id: 'text', at: 'int' },
  read_markers: { user_id: 'text', room_id: 'text', number: 'int' },
  tombstones: { room_id: 'text', was_listed: 'int', closed_at: 'int', closed_by: 'text' },
  erasures: {
    subject: 'text',
    kind: 'text',
    requested_at: 'int',
    finished_at: 'int',
    messages: 'int',
    texts: 'int',
    events: 'int',
    reactions: 'int',
    members: 'int',
  },
  users: {
    id: 'text',
    kind: 'text',
    handle_text: 'int',
    name_text: 'int',
    version: 'int',
    last_room_id: 'text',
    created_at: 'int',
    deleted_at: 'int',
    email: 'text',
    email_verified: 'int',
    image: 'text',
    updated_at: 'int',
    role: 'text',
    disabled_at: 'int',
    email_text: 'int',
  },
  sessions: {
    id: 'text',
    token: 'text',
    user_id: 'text',
    expires_at: 'int',
    created_at: 'int',
    updated_at: 'int',
    ip_address: 'text',
    user_agent: 'text',
  },
  accounts: {
    id: 'text',
    user_id: 'text',
    provider_id: 'text',
    account_id: 'text',
    password: 'text',
    access_token: 'text',
    refresh_token: 'text',
    id_token: 'text',
    access_token_expires_at: 'int',
    refresh_token_expires_at: 'int',
    scope: 'text',
    created_at: 'int',
    updated_at: 'int',
  },
  verifications: {
    id: 'text',
    identifier: 'text',
    value: 'text',
    expires_at: 'int',
    created_at: 'int',
    updated_at: 'int',
  },
  entries: { command_id: 'text', secret_hash: 'text', user_id: 'text', expires_at: 'int' },
  leases: { name: 'text', holder: 'text', until: 'int' },
}
