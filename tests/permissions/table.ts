import {
  type CommandInput,
  type InvitationId,
  type MessageId,
  newId,
  type QueryInput,
  type QueryName,
  type UserId,
} from '@parley/protocol'
import type { StateCommandName } from '../../apps/server/src/commands/command.ts'
import type { InstanceAction, RoomAction } from '../../apps/server/src/rules/permissions.ts'
import { type Gate, isLowerOnServer, type Outcome, roleOf, uponPerson, type Who } from './expected.ts'
import { INSTANCE_ROLES, type PermissionWorld, type Scene, TARGETS, type TargetName } from './world.ts'

/** What a cell knows when it makes its input and says what must come of it. */
export interface CellContext {
  readonly who: Who
  readonly scene: Scene
  readonly world: PermissionWorld
  /** The asker's own id. */
  readonly self: UserId
}

/** One way of asking. */
export interface Variant<Input> {
  readonly label: string
  readonly gate: Gate
  readonly input: (context: CellContext) => Input
  /** What comes of it behind the gate; absent: it is done. */
  readonly outcome?: (context: CellContext) => Outcome
  /** What comes of it whatever the gate says, if anything. */
  readonly instead?: (context: CellContext, gate: Outcome) => Outcome | undefined
}

const once = <Input>(gate: Gate, input: (context: CellContext) => Input, more: Partial<Variant<Input>> = {}) => [
  { label: '', gate, input, ...more },
]
const inRoom = (action: RoomAction): Gate => ({ room: action })
const onServer = (action: InstanceAction): Gate => ({ server: action })
const place = ({ scene }: CellContext) => ({ roomId: scene.roomId })
const fresh = (): string => newId().slice(9)

/** Of a message: one's own, somebody else's, a deleted one, one of another room, none at all. */
const MESSAGES = {
  'own message': ({ scene }: CellContext) => scene.own,
  'foreign message': ({ scene }: CellContext) => scene.foreign,
  'deleted message': ({ scene }: CellContext) => scene.deleted,
  "another room's message": ({ scene }: CellContext) => scene.elsewhere,
  'no message': () => newId<MessageId>(),
} as const
const messageVariants = <Input>(
  gate: Gate,
  input: (context: CellContext, messageId: MessageId) => Input,
  foreign: (who: Who) => Outcome,
): Variant<Input>[] =>
  Object.entries(MESSAGES).map(([label, messageIdOf]) => ({
    label,
    gate,
    input: (context) => input(context, messageIdOf(context)),
    outcome: ({ who }) => {
      if (label === 'own message') return 'ok'
      return label === 'foreign message' ? foreign(who) : 'message-not-found'
    },
  }))

/** Upon each kind of person. */
const personVariants = <Input>(
  action: RoomAction,
  input: (context: CellContext, userId: UserId) => Input,
  membersOnly = true,
): Variant<Input>[] =>
  TARGETS.map((target) => ({
    label: target,
    gate: inRoom(action),
    input: (context) => input(context, context.scene.people[target]),
    outcome: ({ who, scene, self }) => uponPerson(target, { who, scene, self, membersOnly }),
  }))
const member = ({ scene }: CellContext, userId: UserId) => ({ roomId: scene.roomId, userId })

const GONE: readonly TargetName[] = ['nobody', 'deleted']
const anywhere = <Input>(
  gate: Gate,
  input: (userId: UserId) => Input,
  outcomeOf: (target: TargetName, isSelf: boolean) => Outcome,
): Variant<Input>[] =>
  TARGETS.map((target) => ({
    label: target,
    gate,
    input: ({ scene }) => input(scene.people[target]),
    outcome: ({ scene, self }) => outcomeOf(target, scene.people[target] === self),
  }))

/** Acts of administrators: upon somebody of each role on the server, oneself, nobody. */
const managing = <Input>(
  gate: Gate,
  input: (userId: UserId) => Input,
  outcomeOf: (who: Who, other: string, isSelf: boolean) => Outcome,
): Variant<Input>[] => [
  ...INSTANCE_ROLES.map((role) => ({
    label: `server's ${role}`,
    gate,
    input: ({ world }: CellContext) => input(world.asker('former', role).actor.user.id),
    outcome: ({ who, world, self }: CellContext) =>
      outcomeOf(who, role, world.asker('former', role).actor.user.id === self),
  })),
  { label: 'self', gate, input: ({ self }) => input(self), outcome: ({ who }) => outcomeOf(who, who.instance, true) },
  ...GONE.map((target) => ({
    label: target,
    gate,
    input: ({ scene }: CellContext) => input(scene.people[target]),
    outcome: (): Outcome => 'person-not-found',
  })),
]
const lower = (who: Who, other: string): Outcome => (isLowerOnServer(who.instance, other) ? 'ok' : 'not-allowed')

/** Every command that is asked of the state. A command without its row does not compile. */
export const COMMANDS: { readonly [Name in StateCommandName]: readonly Variant<CommandInput<Name>>[] } = {
  'create-room': [
    ...once(onServer('create-room'), () => ({ name: fresh() })),
    { label: 'private', gate: onServer('create-room'), input: () => ({ name: fresh(), kind: 'private' }) },
  ],
  'enter-room': once(inRoom('enter-room'), place, {
    outcome: ({ who }) => (who.position === 'banned' ? 'banned' : 'ok'),
  }),
  'leave-room': once(inRoom('leave-room'), place),
  'rename-room': once(inRoom('rename-room'), (context) => ({ ...place(context), name: fresh() })),
  'change-topic': once(inRoom('change-topic'), (context) => ({ ...place(context), topic: fresh() })),
  'close-room': once(inRoom('close-room'), place, {
    // Whoever closed it is told again that it is done.
    instead: ({ who }) =>
      who.kind.startsWith('closed') && ['owner', 'absent owner'].includes(who.position) ? 'ok' : undefined,
  }),
  'start-direct': anywhere(
    onServer('start-direct'),
    (userId) => ({ userId }),
    (target, isSelf) => (isSelf || GONE.includes(target) || target === 'disabled' ? 'person-not-found' : 'ok'),
  ),
  'add-member': TARGETS.map((target) => ({
    label: target,
    gate: inRoom('add-member'),
    input: (context) => member(context, context.scene.people[target]),
    outcome: ({ scene, self }) => {
      if (scene.people[target] === self) return 'not-allowed'
      if (GONE.includes(target) || target === 'disabled') return 'person-not-found'
      return target === 'banned' ? 'banned' : 'ok'
    },
  })),
  'remove-member': personVariants('remove-member', member),
  'ban-member': personVariants('ban-member', member, false),
  'unban-member': personVariants('ban-member', member, false),
  'mute-member': personVariants('mute-member', member),
  'unmute-member': personVariants('mute-member', member),
  'set-member-role': personVariants('set-member-role', (context, userId) => ({
    ...member(context, userId),
    role: 'moderator',
  })),
  'hand-over-room': personVariants('hand-over-room', member),
  'set-room-rules': once(inRoom('set-room-rules'), (context) => ({ ...place(context), isReadOnly: true })),
  'create-invitation': [
    { label: 'to the room', gate: inRoom('invite-to-room'), input: place },
    { label: 'to the server', gate: onServer('invite-to-instance'), input: () => ({}) },
  ],
  'revoke-invitation': [
    {
      label: "the room's",
      gate: inRoom('invite-to-room'),
      input: ({ who, scene }) => ({
        invitationId: who.kind === 'public' || who.kind === 'private' ? scene.invitation : newId<InvitationId>(),
      }),
      // Whose invitations one may not end, one learns nothing of.
      instead: (_, gate) => (gate === 'ok' ? 'ok' : 'not-allowed'),
    },
    {
      label: "the server's",
      gate: onServer('invite-to-instance'),
      input: ({ world }) => ({ invitationId: world.instanceInvitation }),
    },
    {
      label: 'unknown',
      gate: 'anybody',
      input: () => ({ invitationId: newId<InvitationId>() }),
      outcome: () => 'not-allowed',
    },
  ],
  'block-person': anywhere(
    onServer('block-person'),
    (userId) => ({ userId }),
    (target, isSelf) => (isSelf || target === 'nobody' ? 'person-not-found' : 'ok'),
  ),
  'unblock-person': anywhere(
    onServer('block-person'),
    (userId) => ({ userId }),
    () => 'ok',
  ),
  'change-name': once(onServer('change-own-profile'), () => ({ name: fresh() })),
  'set-person-role': [
    ...managing(
      onServer('set-person-role'),
      (userId) => ({ userId, role: 'administrator' as const }),
      (_, other) => (other === 'guest' ? 'account-needed' : 'ok'),
    ),
    ...managing(
      onServer('set-person-role'),
      (userId) => ({ userId, role: 'member' as const }),
      () => 'ok',
    ).map((variant) => ({ ...variant, label: `${variant.label}, to member` })),
  ],
  'disable-person': managing(onServer('manage-people'), (userId) => ({ userId }), lower),
  'enable-person': managing(onServer('manage-people'), (userId) => ({ userId }), lower),
  'sign-out-person': managing(onServer('manage-people'), (userId) => ({ userId }), lower),
  'change-settings': once(onServer('manage-settings'), () => ({ guests: false })),
  'post-message': once(inRoom('post-message'), (context) => ({ ...place(context), body: 'hello' })),
  'edit-message': messageVariants(
    inRoom('edit-own-message'),
    (context, messageId) => ({ ...place(context), messageId, body: 'changed' }),
    () => 'not-your-message',
  ),
  'delete-message': messageVariants(
    inRoom('delete-own-message'),
    (context, messageId) => ({ ...place(context), messageId }),
    (who) => (['owner', 'moderator'].includes(roleOf(who)) ? 'ok' : 'not-your-message'),
  ),
  'add-reaction': messageVariants(
    inRoom('react'),
    (context, messageId) => ({ ...place(context), messageId, emoji: '👍' }),
    () => 'ok',
  ),
  'remove-reaction': messageVariants(
    inRoom('take-reaction-back'),
    (context, messageId) => ({ ...place(context), messageId, emoji: '👍' }),
    () => 'ok',
  ),
  'mark-read': once(inRoom('mark-read'), (context) => ({ ...place(context), number: 1 })),
}

/** Every query. One without its row does not compile. */
export const QUERIES: { readonly [Name in QueryName]: readonly Variant<QueryInput<Name>>[] } = {
  'list-rooms': once('anybody', () => ({ list: 'existing' })),
  'list-my-rooms': once('anybody', () => ({})),
  'get-room': once(inRoom('see-room'), place),
  'list-messages': once(inRoom('read-room'), place),
  'list-members': once(inRoom('read-room'), place),
  'list-occupants': once(inRoom('read-room'), place),
  'list-reactors': messageVariants(
    inRoom('read-room'),
    (context, messageId) => ({ ...place(context), messageId, emoji: '👍' }),
    () => 'ok',
  ),
  'list-bans': once(inRoom('list-bans'), place),
  'list-invitations': [
    { label: 'of the room', gate: inRoom('invite-to-room'), input: place },
    { label: 'of the server', gate: onServer('invite-to-instance'), input: () => ({}) },
  ],
  'find-people': once(onServer('find-people'), () => ({ text: 'x' })),
  'list-sessions': once(onServer('see-own-sessions'), () => ({})),
  'get-settings': once(onServer('manage-settings'), () => ({})),
  'list-people': once(onServer('manage-people'), () => ({})),
  'list-all-rooms': once(onServer('manage-rooms'), () => ({})),
  'get-users': once('anybody', ({ self }) => ({ ids: [self] })),
}
