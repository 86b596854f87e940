import { sql } from 'kysely'
import { statement } from '../../storage/statement.ts'
import type { Tables } from '../../storage/tables.ts'
import { allOr, type Finding, failing, ok, Trouble, warning } from '../finding.ts'
import type { Piece } from '../piece.ts'

const SLOW_MS = 10 * 60_000
const STUCK_MS = 60 * 60_000
/** Jobs renew theirs for 20 s at a time; whoever lets guests go keeps it for an hour on purpose. */
const LONGEST_LEASE_MS = { eraser: 60_000, 'forget-people': 60_000, 'expire-guests': 65 * 60_000 } as const

/** Erasing that was asked for and has not come to its end, and leases that nobody should hold for so long. (SPEC D1, C6) */
export async function examineJobs(
  piece: Piece,
  { dialect, now }: { dialect: string; now: number },
): Promise<Finding[]> {
  const { open, receipts } = await piece(async (reader) => ({
    open: await reader.all(unfinished, {}),
    receipts: await reader.first(finished, {}),
  }))
  const leases = dialect === 'postgres' ? await piece((reader) => reader.all(held, {})) : []
  const slow = new Trouble({
    about: 'erasing',
    says: 'Erasing takes long',
    remedy: 'It goes on while a server runs; look at the log if it does not end.',
    state: 'warning',
  })
  const stuck = new Trouble({
    about: 'erasing',
    says: 'Erasing is stuck',
    remedy: 'Start the server if none runs; otherwise its log says why ("The eraser failed", "could not be seen to").',
  })
  for (const job of open) {
    const ageMs = now - job.requested_at
    const what = `${job.kind === 'room' ? 'the room' : 'the person'} ${job.subject}, asked for ${Math.round(ageMs / 60_000)} min ago`
    if (ageMs > STUCK_MS) stuck.note(what)
    else if (ageMs > SLOW_MS) slow.note(what)
  }
  const well = `${Number(receipts?.count ?? 0).toLocaleString('en')} receipts of erasing, ${open.length} under way`
  return [
    ...allOr(ok('erasing', well), [stuck, slow]),
    ...leases.flatMap(({ name, ms }) =>
      ms > LONGEST_LEASE_MS[name]
        ? [
            warning(
              'leases',
              `The lease "${name}" is held for another ${Math.round(ms / 1_000)} s`,
              `The clock of PostgreSQL was set back while it was held: delete the row "${name}" of the table leases.`,
            ),
          ]
        : [],
    ),
    ...unattended(leases, open.length),
  ]
}

function unattended(leases: readonly { name: string; ms: number }[], open: number): Finding[] {
  const over = leases.find(({ name, ms }) => name !== 'expire-guests' && ms < -STUCK_MS)
  if (!over || open === 0) return []
  return [
    failing(
      'leases',
      `The lease "${over.name}" ran out ${Math.round(-over.ms / 60_000)} min ago and nobody has taken it, though there is work`,
      'No instance runs, or none reaches the database: start one and look at its log.',
    ),
  ]
}

const unfinished = statement<object, Tables['erasures']>(({ db }) =>
  db.selectFrom('erasures').selectAll().where('finished_at', 'is', null).orderBy('requested_at').limit(1_000),
)
const finished = statement<object, { count: number }>(({ db }) =>
  db
    .selectFrom('erasures')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('finished_at', 'is not', null),
)
const held = statement<object, { name: Tables['leases']['name']; ms: number }>(({ db }) =>
  db
    .selectFrom('leases')
    .select(['name', sql<number>`until - (extract(epoch from clock_timestamp()) * 1000)::bigint`.as('ms')]),
)
