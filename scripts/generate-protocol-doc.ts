import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import { CLOSE_CODES, LIMITS, REFUSALS, TIMES } from '../packages/protocol/src/index.ts'
import {
  clientFrame,
  clientSignals,
  commands,
  queries,
  roomEvents,
  serverFrame,
  signals,
  userEvents,
} from '../packages/protocol/src/schemas.ts'
import { guide } from './protocol-doc/guide.ts'
import { defOf, fieldsTable, namedEntities, typeName } from './protocol-doc/render-schema.ts'

// `bun scripts/generate-protocol-doc.ts` writes docs/wire-protocol.md; with `--check` it only says whether that is current.

const path = join(import.meta.dirname, '../docs/wire-protocol.md')
const text = [
  guide,
  framesChapter(),
  entitiesChapter(),
  callsChapter('Commands', commands),
  callsChapter('Queries', queries),
  eventsChapter(),
  signalsChapter(),
  refusalsChapter(),
  closeCodesChapter(),
  limitsChapter(),
].join('\n')

if (process.argv.includes('--check')) {
  if (readCurrent() !== text) {
    console.error('docs/wire-protocol.md is out of date: run bun scripts/generate-protocol-doc.ts')
    process.exit(1)
  }
} else {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function readCurrent(): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // Never made.
  }
}

function framesChapter(): string {
  const chapter = (title: string, options: readonly z.ZodType[]) =>
    `### ${title}\n\n${options.map((frame) => frameSection(frame)).join('\n')}`
  const about = 'A `place` is `{"kind":"lobby"}` or `{"kind":"room","roomId":…}`.\n'
  const up = chapter('From the client', clientFrame.options)
  return `## Frames\n\n${about}\n${up}\n${chapter('From the server', serverFrame.options)}`
}

function frameSection(frame: z.ZodType): string {
  const type = defOf(must(defOf(frame).shape?.type)).values?.[0]
  const table = type === 'events' ? eventsFrame() : type === 'signals' ? signalsFrame() : fields(frame, ['type'])
  return `#### \`${type}\`\n\n${table}`
}

// The unions of all events and of all signals have chapters of their own.
function eventsFrame(): string {
  return `| field | type | meaning |
|---|---|---|
| \`stream\` | stream id |  |
| \`events\` | array of [events](#events) | contiguous, ascending by \`seq\` |
| \`users\` | array of [User](#user) | the people they speak of, as they are called now |
`
}

function signalsFrame(): string {
  return '| field | type | meaning |\n|---|---|---|\n| `signals` | array of [signals](#signals) |  |\n'
}

function entitiesChapter(): string {
  const sections = [...namedEntities].map(([schema, name]) => `### ${name}\n\n${fieldsTable(schema)}`)
  return `## Entities\n\n${sections.join('\n')}`
}

interface Call {
  readonly about: string
  readonly input: z.ZodType
  readonly output: z.ZodType
  readonly refusals: readonly string[]
  readonly repeats?: 'stored' | 'free'
  readonly over?: 'http'
}

function callsChapter(title: string, calls: Readonly<Record<string, Call>>): string {
  const common = [
    'Besides those named, any may be refused with `not-signed-in`, `invalid-input`, `unknown-name`, `busy`, `internal` and,',
    'where something is stored, `storage-full` and `command-id-reused`.\n',
  ].join('\n')
  return `## ${title}\n\n${common}\n${Object.entries(calls).map(callSection).join('\n')}`
}

function callSection([name, call]: [string, Call]): string {
  const remarks = [
    call.over === 'http' ? 'Over HTTP only.' : '',
    call.repeats === 'free' ? 'A set: may be repeated freely, with any id.' : '',
  ].filter((remark) => remark !== '')
  const refusals =
    call.refusals.length === 0 ? 'none of its own' : call.refusals.map((code) => `\`${code}\``).join(', ')
  return `### \`${name}\`

${[call.about, ...remarks].join(' ')}

Input:

${fields(call.input)}
Output:${namedEntities.has(call.output) ? ` ${typeName(call.output)}\n` : `\n\n${fields(call.output)}`}
Refusals: ${refusals}
`
}

function eventsChapter(): string {
  const base = `Every event has \`type\`, \`seq\`, \`at\` (when) and \`actorId\` (who did it).\n`
  const chapter = (title: string, kinds: Readonly<Record<string, { about: string; schema: z.ZodType }>>) => {
    const sections = Object.entries(kinds).map(
      ([type, { about, schema }]) =>
        `#### \`${type}\`\n\n${about}\n\n${fields(schema, ['type', 'seq', 'at', 'actorId'])}`,
    )
    return `### ${title}\n\n${sections.join('\n')}`
  }
  const ofRooms = chapter("Of a room's stream, for its members", roomEvents)
  return `## Events\n\n${base}\n${ofRooms}\n${chapter("Of a person's own stream, for that person", userEvents)}`
}

function signalsChapter(): string {
  const fromServer = Object.entries(signals).map(
    ([name, { about, audience, schema }]) =>
      `#### \`${name}\`\n\n${about} For ${audience}.\n\n${fields(schema, ['name'])}`,
  )
  const fromClient = Object.entries(clientSignals).map(
    ([name, { about, schema }]) =>
      `#### \`${name}\`\n\n${about} In the frame \`signal\`, as its \`input\`:\n\n${fields(schema)}`,
  )
  return `## Signals\n\n### Of the server\n\n${fromServer.join('\n')}\n### Of the client\n\n${fromClient.join('\n')}`
}

function refusalsChapter(): string {
  const rows = Object.entries(REFUSALS).map(([code, { status, message }]) => `| \`${code}\` | ${status} | ${message} |`)
  return `## Refusals

An expected "no", from this closed list. \`details\` carries: \`closedAt\` with \`room-closed\`; \`suggestion\`, a free name, with
\`name-taken\` and \`name-confusable\`; \`issues\`, where and what, with \`invalid-input\`; \`incident\`, an id in the server's log, with
\`internal\`.

| code | HTTP status | message |
|---|---|---|
${rows.join('\n')}
`
}

function closeCodesChapter(): string {
  const rows = Object.entries(CLOSE_CODES).map(
    ([reason, { code, mayReconnect, meaning }]) =>
      `| ${code} | \`${reason}\` | ${mayReconnect ? 'yes' : '**no**'} | ${meaning} |`,
  )
  return `## Close codes

The close frame's reason is the name. Unknown codes, and those of proxies (1006), allow coming back.

| code | reason | come back? | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}

function limitsChapter(): string {
  const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/ ms$/, '')
  const limits = Object.entries(LIMITS).map(([name, value]) => `| ${words(name)} | ${value.toLocaleString('en')} |`)
  const times = Object.entries(TIMES).map(([name, value]) => `| ${words(name)} | ${value.toLocaleString('en')} ms |`)
  return `## Limits and times

How often one may ask is the operator's choice (\`PARLEY_LIMITS\`); whoever exceeds it is told \`busy\` and when to come back.

| limit | value |
|---|---|
${limits.join('\n')}

| time | value |
|---|---|
${times.join('\n')}
`
}

function fields(schema: z.ZodType, without: readonly string[] = []): string {
  return fieldsTable(schema, { without })
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A frame has no type.')
  return value
}
