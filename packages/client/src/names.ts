import type { User } from '@parley/protocol'

/** How a person is called. Somebody who deleted their account has no name any more. */
export function nameOf({ displayName, isDeleted }: Pick<User, 'displayName' | 'isDeleted'>): string {
  return isDeleted ? 'Deleted person' : displayName
}
