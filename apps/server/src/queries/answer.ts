import type { QueryName } from '@parley/protocol'
import { queries } from '@parley/protocol/schemas'
import type { Actor } from '../rules/actor.ts'
import { refuse } from '../rules/refusal.ts'
import type { OccupancyReader } from '../state.ts'
import type { Database } from '../storage/database.ts'
import type { QueryDefinition } from './query.ts'
import { registry } from './registry.ts'
import type { SearchTurns } from './search-turns.ts'

export interface AnswerTools {
  readonly db: Database
  readonly occupancy: OccupancyReader
  readonly now: () => number
  readonly searches: SearchTurns
}

/** parse → one read transaction → answer. Queries change nothing. */
export async function answer(tools: AnswerTools, asker: Actor, name: string, rawInput: unknown): Promise<unknown> {
  if (!Object.hasOwn(registry, name)) refuse('unknown-name')
  const known = name as QueryName // as: just looked up
  const parsed = queries[known].input.safeParse(rawInput)
  if (!parsed.success) {
    const issues = parsed.error.issues
      .slice(0, 5)
      .map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`)
    refuse('invalid-input', { issues })
  }
  const query = registry[known] as QueryDefinition<QueryName> // as: the input was parsed for this very query
  const input = parsed.data as never // as: see above
  const { db, occupancy } = tools
  const now = tools.now()
  const read = () => db.read((reader) => query.answer({ reader, asker, input, occupancy, now }))
  return isSearch(known, parsed.data) ? tools.searches.take(asker.user.id, read) : read()
}

/** Whether it looks through everything there is. */
function isSearch(name: QueryName, input: object): boolean {
  return name === 'find-people' || ('filter' in input && typeof input.filter === 'string' && input.filter.trim() !== '')
}
