import type { MessageId, RoomId, StreamId, UserId } from '@parley/protocol'
import { sql } from 'kysely'
import { type Building, statement } from '../../storage/statement.ts'

/** 1 where something is legible, 0 where it was overwritten or is empty, null where there is no such text. */
function isWritten<Params>({ dialect }: Building<Params>, text: string) {
  const body = sql.ref(`${text}.body`)
  return dialect === 'sqlite'
    ? sql<number | null>`length(${body}) > 0 and substr(${body}, 1, 1) <> x'00'`
    : sql<number | null>`(${body} <> '')::int`
}

export interface TextRow {
  readonly id: number
  readonly is_written: number
}

export const textsAfter = statement<{ after: number; limit: number }, TextRow>((on) =>
  on.db
    .selectFrom('texts as t')
    .select(['t.id', isWritten(on, 't').as('is_written')])
    .where('t.id', '>', on.params.after)
    .orderBy('t.id')
    .limit(on.params.limit)
    .$castTo<TextRow>(),
)
export const textsOf = statement<{ ids: readonly number[] }, TextRow>((on) =>
  on.db
    .selectFrom('texts as t')
    .select(['t.id', isWritten(on, 't').as('is_written')])
    .where(on.isOneOf('t.id', on.params.ids))
    .$castTo<TextRow>(),
)
export interface MessageRow {
  readonly room_id: RoomId
  readonly number: number
  readonly id: MessageId
  readonly author_id: UserId
  readonly command_id: never
  readonly text_id: number
  readonly deleted_at: number | null
  /** Null: there is no such text. */
  readonly is_written: number | null
}

export const messagesAfter = statement<{ room: string; number: number; limit: number }, MessageRow>((on) =>
  on.db
    .selectFrom('messages as m')
    .leftJoin('texts as t', 't.id', 'm.text_id')
    .select(['m.room_id', 'm.number', 'm.id', 'm.author_id', 'm.command_id', 'm.text_id', 'm.deleted_at'])
    .select(isWritten(on, 't').as('is_written'))
    .where(sql<boolean>`(m.room_id, m.number) > (${on.params.room}, ${on.params.number})`)
    .orderBy('m.room_id')
    .orderBy('m.number')
    .limit(on.params.limit)
    .$castTo<MessageRow>(),
)

export interface RoomRow {
  readonly id: string
  readonly kind: string
  readonly name_text: number
  readonly topic_text: number
  readonly name_written: number | null
  readonly topic_written: number | null
  /** Null: it has no stream. */
  readonly number: number | null
  readonly last_number: number | null
}

export const roomsAfter = statement<{ after: string; limit: number }, RoomRow>((on) =>
  on.db
    .selectFrom('rooms as r')
    .leftJoin('texts as n', 'n.id', 'r.name_text')
    .leftJoin('texts as t', 't.id', 'r.topic_text')
    .leftJoin('streams as s', (join) => join.on((eb) => eb('s.id', '=', sql<StreamId>`'room:' || ${eb.ref('r.id')}`)))
    .select((eb) =>
      eb
        .selectFrom('messages as m')
        .select((own) => own.fn.max('m.number').as('last'))
        .whereRef('m.room_id', '=', 'r.id')
        .as('last_number'),
    )
    .select(['s.number'])
    .select(['r.id', 'r.kind', 'r.name_text', 'r.topic_text'])
    .select([isWritten(on, 'n').as('name_written'), isWritten(on, 't').as('topic_written')])
    .where('r.id', '>', on.params.after as RoomId) // as: ids are compared as text
    .orderBy('r.id')
    .limit(on.params.limit)
    .$castTo<RoomRow>(),
)

export interface PersonRow {
  readonly id: string
  readonly deleted_at: number | null
  readonly handle_text: number
  readonly name_text: number
  readonly email_text: number | null
  readonly handle_written: number | null
  readonly name_written: number | null
  readonly email_written: number | null
}

export const peopleAfter = statement<{ after: string; limit: number }, PersonRow>((on) =>
  on.db
    .selectFrom('users as u')
    .leftJoin('texts as h', 'h.id', 'u.handle_text')
    .leftJoin('texts as n', 'n.id', 'u.name_text')
    .leftJoin('texts as e', 'e.id', 'u.email_text')
    .select(['u.id', 'u.deleted_at', 'u.handle_text', 'u.name_text', 'u.email_text'])
    .select([
      isWritten(on, 'h').as('handle_written'),
      isWritten(on, 'n').as('name_written'),
      isWritten(on, 'e').as('email_written'),
    ])
    .where('u.id', '>', on.params.after as UserId) // as: ids are compared as text
    .orderBy('u.id')
    .limit(on.params.limit)
    .$castTo<PersonRow>(),
)
