import type { Seq, StreamId } from '@parley/protocol'
import type { Reader } from './database.ts'

export interface Head {
  readonly seq: Seq
  readonly floor: Seq
  /** Number of the newest message. */
  readonly number: number
}

export async function readHead(reader: Reader, stream: StreamId): Promise<Head> {
  const [row] = await reader.lookup('streams', ['id'], [{ id: stream }])
  return { seq: row?.head ?? 0, floor: row?.floor ?? 0, number: row?.number ?? 0 }
}
