import type { Key } from '../storage/table-pages.ts'
import type { FrameEntry, Header, Manifest } from './backup-format.ts'
import type { BackupReader } from './backup-reader.ts'
import { rowsIn, tableOf } from './backup-rows.ts'
import { roomOfRow } from './tally.ts'

/** Which rooms a damaged part touches: by its keys where they begin with the room, else by the messages that refer to it. */
export async function roomsHurt(
  reader: BackupReader,
  found: { readonly header: Header; readonly manifest: Manifest; readonly bad: readonly FrameEntry[] },
): Promise<string[]> {
  const { header, manifest, bad } = found
  const hurt = new Set<string>()
  const texts: FrameEntry[] = []
  const reactions: FrameEntry[] = []
  for (const entry of bad) {
    if (entry.table === 'texts') texts.push(entry)
    else if (entry.table === 'reactions') reactions.push(entry)
    else for (const id of Object.keys(manifest.rooms)) if (mayHold(entry, id)) hurt.add(id)
  }
  const names = new Map<string, number>()
  const bodies = new Map<number, string>()
  for (const [index, entry] of manifest.frames.entries()) {
    if (bad.includes(entry) || !['messages', 'rooms'].includes(entry.table ?? '')) continue
    const { text } = await reader.frame(entry, index)
    for (const row of rowsIn(text, header, tableOf(entry))) {
      const roomId = roomOfRow(tableOf(entry), row)
      if (roomId === undefined) continue
      const refers = entry.table === 'messages' ? [row.text_id] : [row.name_text, row.topic_text]
      if (entry.table === 'rooms') names.set(roomId, Number(row.name_text))
      if (texts.some((part) => refers.some((id) => isWithin(part, [id ?? null])))) hurt.add(roomId)
      if (entry.table === 'messages' && reactions.some((part) => isWithin(part, [row.id ?? null]))) hurt.add(roomId)
    }
  }
  const wanted = new Set([...hurt].flatMap((id) => names.get(id) ?? []))
  for (const [index, entry] of manifest.frames.entries()) {
    if (bad.includes(entry) || entry.table !== 'texts' || wanted.size === 0) continue
    if (![...wanted].some((id) => isWithin(entry, [id]))) continue
    const { text } = await reader.frame(entry, index)
    for (const row of rowsIn(text, header, 'texts')) {
      if (wanted.has(Number(row.id))) bodies.set(Number(row.id), String(row.body))
    }
  }
  return [...hurt].sort().map((id) => {
    const name = bodies.get(names.get(id) ?? -1)
    return name === undefined || name === '' ? id : `${id} ("${name}")`
  })
}

function mayHold(entry: FrameEntry, roomId: string): boolean {
  switch (entry.table) {
    case 'rooms':
    case 'members':
    case 'bans':
    case 'absences':
    case 'messages':
    case 'tombstones':
      return isWithin(entry, [roomId])
    case 'streams':
    case 'events':
      return isWithin(entry, [`room:${roomId}`])
    default:
      return false
  }
}

/** Whether a key that begins so may lie in this part. */
function isWithin({ first, last }: FrameEntry, beginning: Key): boolean {
  if (!first || !last) return false
  const [value = null] = beginning
  return compare(value, first[0] ?? null) >= 0 && compare(value, last[0] ?? null) <= 0
}

function compare(a: Key[number], b: Key[number]): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}
