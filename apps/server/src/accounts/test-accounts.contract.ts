import type { Fanout } from '../fanout/fanout.ts'
import type { Log } from '../log.ts'
import { hashPassword, verifyPassword } from '../runtime/password-hash.ts'
import type { Database } from '../storage/database.ts'
import type { Accounts } from './accounts.ts'
import { createAccounts } from './create-accounts.ts'
import { Passwords } from './passwords.ts'
import type { Secret } from './secret.ts'

/** The accounts alone, on a database without rooms. */
export function accountsOn(on: {
  db: Database
  secret: Secret
  fanout: Fanout
  log: Pick<Log, 'info' | 'warn'>
  now: () => number
}): Accounts {
  const noRooms = () => Promise.reject(new Error('There are no rooms here.'))
  return createAccounts({
    ...on,
    passwords: new Passwords({ hash: hashPassword, verify: verifyPassword }),
    rooms: { join: noRooms, joinAgain: noRooms, accept: noRooms },
    writeLedger: async () => undefined,
    wakeForgetting: () => undefined,
  })
}
