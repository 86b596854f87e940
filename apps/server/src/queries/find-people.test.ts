import { expect, test } from 'bun:test'
import { newId, type UserId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'
import { statement } from '../storage/statement.ts'

const leave = statement<{ id: UserId; deletedAt: number | null; disabledAt: number | null }>(({ db, params }) =>
  db
    .updateTable('users')
    .set({ deleted_at: params.deletedAt, disabled_at: params.disabledAt })
    .where('id', '=', params.id),
)

onBothDatabases((stage) => {
  test('[V8] find-people: names and handles that begin so, in any case and script, newest first', async () => {
    const ann = await stage.person('Ann')
    const [old, young] = [await stage.person('Ärztin'), await stage.person('ärztin')]
    const greek = await stage.person('ΣΊΣΥΦΟΣ')
    const found = async (text: string) => (await ann.asks('find-people', { text })).users.map(({ id }) => id)
    expect(await found('ÄRZ')).toEqual([young.id, old.id])
    expect(await found('σίσ')).toEqual([greek.id])
    expect(await found(`@${greek.actor.user.handle.slice(0, 4)}`)).toEqual([greek.id])
    expect(await found('rztin')).toEqual([])
    expect(await found('%')).toEqual([])
    await young.does('change-name', { name: 'Zoe' })
    expect(await found('zo')).toEqual([young.id])
    expect(await found('ärz')).toEqual([young.id, old.id])
    expect(await codeOf(ann.asks('find-people', { text: 'x'.repeat(61) }))).toBe('invalid-input')
  })

  test('[V8] nobody who is deleted or disabled, and at most twenty', async () => {
    const ann = await stage.person('Ann')
    const many = []
    for (let count = 0; count < 23; count++) many.push(await stage.person('Waldo'))
    const [gone, off] = many.slice(-2)
    await stage.db.write(async (writer) => {
      await writer.run(leave, { id: gone?.id ?? newId<UserId>(), deletedAt: 1, disabledAt: null })
      await writer.run(leave, { id: off?.id ?? newId<UserId>(), deletedAt: null, disabledAt: 1 })
    })
    const { users } = await ann.asks('find-people', { text: 'waldo' })
    expect(users.map(({ id }) => id)).toEqual(
      many
        .slice(1, -2)
        .toReversed()
        .map(({ id }) => id),
    )
  })
})
