import type { UserId } from '@parley/protocol'
import { behindGate, type Outcome, type Who } from './expected.ts'
import { type CellContext, COMMANDS, QUERIES, type Variant } from './table.ts'
import { DIRECT_POSITIONS, INSTANCE_ROLES, type PermissionWorld, PLACES, POSITIONS } from './world.ts'

export interface Cell {
  readonly kind: 'command' | 'query'
  readonly name: string
  readonly variant: Variant<unknown>
  readonly who: Who
}

/** Everybody who may ask, wherever they may ask it. */
export const EVERYBODY: readonly Who[] = PLACES.flatMap((kind) =>
  (kind === 'direct' ? DIRECT_POSITIONS : POSITIONS).flatMap((position) =>
    INSTANCE_ROLES.map((instance) => ({ kind, position, instance })),
  ),
)

/** What has nothing to do with a room is asked by everybody once. */
const ANYWHERE = EVERYBODY.filter(({ kind }) => kind === 'public')

export function cells(): Cell[] {
  const of = (kind: Cell['kind'], table: object): Cell[] =>
    Object.entries(table as Record<string, readonly Variant<unknown>[]>).flatMap(([name, variants]) =>
      variants.flatMap((variant) => {
        const isInRoom = typeof variant.gate === 'object' && 'room' in variant.gate
        return (isInRoom ? EVERYBODY : ANYWHERE).map((who) => ({ kind, name, variant, who }))
      }),
    ) // as: variants of any input; each makes its own
  return [...of('command', COMMANDS), ...of('query', QUERIES)]
}

export function contextOf(world: PermissionWorld, who: Who): CellContext & { readonly self: UserId } {
  const self = world.asker(who.position, who.instance).actor.user.id
  const scene = world.scene(who.kind, who)
  return { who, scene, world, self }
}

/** What the tables say must come of it; undefined where the question makes no sense. */
export function expectedOf(cell: Cell, context: CellContext): Outcome {
  const { variant } = cell
  const gate = behindGate(variant.gate, context.who)
  const instead = variant.instead?.(context, gate)
  if (instead) return instead
  return gate === 'ok' ? (variant.outcome?.(context) ?? 'ok') : gate
}

export const describeCell = ({ name, variant, who }: Cell): string =>
  `${name}${variant.label && ` (${variant.label})`} by ${who.position}, ${who.instance} on the server, in ${who.kind}`
