import type { PersonInfo, User } from '@parley/protocol'

export type PersonActName =
  | 'make-administrator'
  | 'make-owner'
  | 'make-member'
  | 'sign-out-everywhere'
  | 'disable'
  | 'enable'

export interface PersonActItem {
  readonly name: PersonActName
  readonly label: string
  readonly isDanger: boolean
}

const RANK = { owner: 2, administrator: 1 } as const

/** What is offered about somebody; whether it is allowed, the server decides. */
export function actsOn({ user, isDisabled, sessions }: PersonInfo, me: User): readonly PersonActItem[] {
  if (user.id === me.id || user.isDeleted) return []
  const acts: PersonActItem[] = []
  const add = (name: PersonActName, label: string, isDanger = false): void => void acts.push({ name, label, isDanger })
  if (me.role === 'owner' && user.kind === 'account') {
    if (user.role === undefined) add('make-administrator', 'Make administrator')
    if (user.role !== 'owner') add('make-owner', 'Make owner')
    if (user.role !== undefined) add('make-member', 'Take role away')
  }
  if (rankOf(me) <= rankOf(user)) return acts
  if (sessions > 0) add('sign-out-everywhere', 'Sign out everywhere')
  if (isDisabled) add('enable', 'Enable')
  else add('disable', 'Disable', true)
  return acts
}

function rankOf({ role }: User): number {
  return role === undefined ? 0 : RANK[role]
}
