import type { User, UserId } from '@parley/protocol'
import type { Writer } from '../../storage/database.ts'
import { statement } from '../../storage/statement.ts'
import { readUsers } from '../../storage/users.ts'

/**
 * A guest is an account from now on, with the same id and everything that hangs on it. `at` is when. The caller tells
 * everybody by a `profile` publication after the commit. (SPEC P4)
 */
export async function becomeAccount(
  writer: Writer,
  { id }: Pick<User, 'id'>,
  { email, at }: { email: { textId: number; address: string } | undefined; at: number },
): Promise<User> {
  if (email) await writer.insert('texts', [{ id: email.textId, body: email.address }])
  await writer.run(turnIntoAccount, { userId: id, emailText: email?.textId ?? null, at })
  const [account] = await readUsers(writer, [id])
  if (!account) throw new Error('There is no such guest.')
  return account
}

const turnIntoAccount = statement<{ userId: UserId; emailText: number | null; at: number }>(({ db, params }) =>
  db
    .updateTable('users')
    .set((eb) => ({
      kind: 'account',
      version: eb('version', '+', 1),
      email_text: params.emailText,
      updated_at: params.at,
    }))
    .where('id', '=', params.userId)
    .where('kind', '=', 'guest'),
)
