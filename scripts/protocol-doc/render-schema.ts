import type { z } from 'zod'
import { entities, place } from '../../packages/protocol/src/schemas.ts'

/** What of a Zod schema's insides this walker reads. */
type Def = {
  type: string
  shape?: Record<string, z.ZodType>
  element?: z.ZodType
  innerType?: z.ZodType
  defaultValue?: unknown
  options?: readonly z.ZodType[]
  values?: readonly unknown[]
  entries?: Record<string, string>
  keyType?: z.ZodType
  valueType?: z.ZodType
  checks?: readonly { _zod: { def: Check } }[]
  format?: string
}
type Check = {
  check: string
  pattern?: RegExp
  minimum?: number
  maximum?: number
  value?: number
  inclusive?: boolean
}

/** Entities that are described once and named elsewhere. */
const named = new Map<z.ZodType, string>(
  (
    [
      ['User', entities.user],
      ['Room', entities.room],
      ['Reaction', entities.reaction],
      ['Message', entities.message],
      ['MessagePage', entities.messagePage],
      ['MyRoom', entities.myRoom],
      ['Occupants', entities.occupants],
      ['LobbyRoom', entities.lobbyRoom],
      ['LobbySnapshot', entities.lobbySnapshot],
      ['RoomSnapshot', entities.roomSnapshot],
    ] as const
  ).map(([name, schema]) => [schema, name]),
)

export const namedEntities: ReadonlyMap<z.ZodType, string> = named

/** One line per field: name, type, meaning. */
export function fieldsTable(schema: z.ZodType, { without = [] }: { without?: readonly string[] } = {}): string {
  const fields = Object.entries(defOf(schema).shape ?? {}).filter(([name]) => !without.includes(name))
  if (fields.length === 0) return '*(no fields)*\n'
  const rows = fields.map(([name, field]) => {
    const isOptional = ['optional', 'default'].includes(defOf(field).type)
    return `| \`${name}\`${isOptional ? '?' : ''} | ${typeName(field)} | ${meaning(field)} |`
  })
  return `| field | type | meaning |\n|---|---|---|\n${rows.join('\n')}\n`
}

/** A schema in one phrase. */
export function typeName(schema: z.ZodType): string {
  if (schema === place) return 'place'
  if (schema === entities.typedText) return 'text'
  if (schema === entities.emoji) return 'one emoji'
  const name = named.get(schema)
  if (name) return `[${name}](#${name.toLowerCase()})`
  const def = defOf(schema)
  switch (def.type) {
    case 'string':
      return stringName(def)
    case 'number':
      return numberName(def)
    case 'boolean':
      return 'boolean'
    case 'unknown':
      return 'any JSON'
    case 'literal':
      return (def.values ?? []).map((value) => `\`${JSON.stringify(value)}\``).join(' or ')
    case 'enum':
      return enumName(Object.values(def.entries ?? {}))
    case 'array':
      return `array of ${typeName(must(def.element))}${bounds(def, 'at most', 'items')}`
    case 'record':
      return `object: ${typeName(must(def.keyType))} → ${typeName(must(def.valueType))}`
    case 'optional':
    case 'default':
      return typeName(must(def.innerType))
    case 'union':
      return [...new Set((def.options ?? []).map(typeName))].join(' or ')
    case 'object': {
      const fields = Object.entries(def.shape ?? {})
      if (fields.length === 0) return '`{}`'
      return `{ ${fields.map(([key, field]) => `\`${key}\`${defOf(field).type === 'optional' ? '?' : ''}: ${typeName(field)}`).join(', ')} }`
    }
    default:
      throw new Error(`The document's generator does not know schemas of type ${def.type}.`)
  }
}

function meaning(schema: z.ZodType): string {
  const def = defOf(schema)
  const own = 'meta' in schema ? schema.meta()?.description : undefined
  const inner = def.innerType ? meaning(def.innerType) : ''
  const text = own ?? inner
  const preset = def.type === 'default' ? `default ${JSON.stringify(def.defaultValue)}` : ''
  return [text, preset].filter((part) => part !== '').join('; ')
}

/** A closed list with a table of its own is only named. */
function enumName(values: readonly string[]): string {
  if (values.includes('room-not-found')) return '[refusal code](#refusals)'
  return values.map((value) => `\`"${value}"\``).join(' or ')
}

function stringName(def: Def): string {
  const patterns = (def.checks ?? []).map(({ _zod }) => String(_zod.def.pattern ?? ''))
  if (def.format === 'uuid' || patterns.some((pattern) => pattern.includes('-7['))) return 'UUIDv7'
  if (patterns.some((pattern) => pattern.includes('room|user'))) return 'stream id'
  return `string${bounds(def, 'at most', 'UTF-16 units')}`
}

function numberName(def: Def): string {
  return `integer${bounds(def, '≤', '')}`
}

/** Bounds that matter to a client; those of the number type itself are left out. */
function bounds({ checks = [] }: Def, words: string, unit: string): string {
  const most = checks.flatMap(({ _zod: { def } }) => {
    if (def.check === 'max_length') return [def.maximum]
    if (def.check === 'less_than') return [def.value]
    return []
  })[0]
  const least = checks.flatMap(({ _zod: { def } }) => {
    if (def.check === 'min_length') return [def.minimum]
    if (def.check === 'greater_than') return [def.value]
    return []
  })[0]
  const parts = []
  if (least !== undefined) parts.push(words === '≤' ? `≥ ${least}` : `at least ${least}`)
  if (most !== undefined && most < Number.MAX_SAFE_INTEGER) parts.push(`${words} ${most.toLocaleString('en')}`)
  return parts.length === 0 ? '' : ` (${parts.join(', ')}${unit === '' ? '' : ` ${unit}`})`
}

export function defOf(schema: z.ZodType): Def {
  return schema._zod.def as unknown as Def // as: Zod types the insides of each schema apart; this walker switches over them
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A schema lacks what its type promises.')
  return value
}
