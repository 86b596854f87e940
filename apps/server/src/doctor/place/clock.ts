import { sql } from 'kysely'
import { statement } from '../../storage/statement.ts'
import { type Finding, failing, ok, warning } from '../finding.ts'
import type { Piece } from '../piece.ts'

const ODD_MS = 3_000
const WRONG_MS = 60_000

/** PostgreSQL's clock against ours. Order never depends on clocks; times that people are shown do. */
export async function examineDatabaseClock(piece: Piece): Promise<Finding[]> {
  const asked = Date.now()
  const row = await piece((reader) => reader.first(present, {}))
  const middle = (asked + Date.now()) / 2
  return [judgeClock('PostgreSQL', Number(row?.ms ?? middle) - middle)]
}

/** `aheadMs`: by how much the other one's clock is ahead of ours. */
export function judgeClock(whose: string, aheadMs: number): Finding {
  const off = Math.abs(aheadMs)
  const seconds = (off / 1_000).toFixed(1)
  if (off < ODD_MS) return ok('clock', `that of ${whose} agrees with this machine's`)
  const says = `That of ${whose} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`
  const remedy = 'Let both machines follow the same time (timedatectl set-ntp true).'
  return off < WRONG_MS ? warning('clock', says, remedy) : failing('clock', says, remedy)
}

const present = statement<object, { ms: number }>(({ db }) =>
  db.selectNoFrom(sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`.as('ms')),
)
