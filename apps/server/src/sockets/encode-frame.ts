import {
  type Event,
  type Place,
  packEvent,
  REFUSALS,
  type ServerFrame,
  type Signal,
  type StreamId,
  type User,
} from '@parley/protocol'
import type { Refusal } from '../rules/refusal.ts'

export function encodeFrame(frame: ServerFrame): string {
  return JSON.stringify(frame)
}

/** Contiguous events of one stream, each as short as it can travel. */
export function encodeEvents(stream: StreamId, events: readonly Event[], users: readonly User[]): string {
  return encodeFrame({ type: 'events', stream, events: events.map(packEvent), users })
}

export function encodeReply(id: string, output: unknown): string {
  return `{"type":"reply","id":${JSON.stringify(id)},"output":${JSON.stringify(output)}}`
}

export function encodeRefusal(id: string, { code, retryAfterMs, details }: Refusal): string {
  return encodeFrame({
    type: 'refusal',
    id,
    code,
    message: REFUSALS[code].message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(details !== undefined && { details }),
  })
}

export function encodeClosed(place: Place, { code, details }: Pick<Refusal, 'code' | 'details'>): string {
  return encodeFrame({
    type: 'closed',
    place,
    code,
    message: REFUSALS[code].message,
    ...(details !== undefined && { details }),
  })
}

export function encodeSignals(signals: readonly Signal[]): string {
  return encodeFrame({ type: 'signals', signals })
}
