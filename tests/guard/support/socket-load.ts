import { type CommandId, newId, PROTOCOL_VERSION } from '@parley/protocol'
import type { Load, LoadResult } from '../../../bench/lib/loadgen.ts'
import { Meter } from '../../../bench/lib/meter.ts'

/** What the guard reads of a run, whichever generator drove it. */
export type Driven = Pick<LoadResult, 'serverNs' | 'acks' | 'deliveries' | 'complete' | 'faults' | 'void'>

const MARK = '^guard.'
const SETTLE_LIMIT_MS = 15_000

/** The load generator of the bench for machines without a C compiler: slower, and it counts without holding orders. */
export async function runSocketLoad(load: Load & { readonly serverPid: number }): Promise<Driven> {
  const counts = { posted: 0, acked: 0, delivered: 0, due: 0, refused: 0 }
  const inRoom = new Map<string, number>()
  for (const { roomId } of load.seats) inRoom.set(roomId, (inRoom.get(roomId) ?? 0) + 1)
  let isSending = true
  let settled: (() => void) | undefined
  const post = (index: number) => {
    const { roomId = '' } = load.seats[index] ?? {}
    const body = `${MARK}${counts.posted}.`.padEnd(110, 'x')
    counts.posted += 1
    counts.due += inRoom.get(roomId) ?? 0
    const id = newId<CommandId>()
    sockets[index]?.send(JSON.stringify({ type: 'command', id, name: 'post-message', input: { roomId, body } }))
  }
  const isAllThere = () => counts.acked === counts.posted && counts.delivered === counts.due
  const hear = (index: number, frame: string) => {
    if (frame.startsWith('{"type":"heartbeat"')) sockets[index]?.send('{"type":"pong"}')
    if (frame.startsWith('{"type":"refusal"')) counts.refused += 1
    if (frame.startsWith('{"type":"reply"')) {
      counts.acked += 1
      if (isSending && load.rate === undefined) post(index)
    }
    counts.delivered += frame.split(MARK).length - 1
    if (!isSending && isAllThere()) settled?.()
  }
  const sockets: WebSocket[] = []
  for (const [index, { token, roomId }] of load.seats.entries()) {
    sockets.push(await enter(load.port, token, roomId, (frame) => hear(index, frame)))
  }
  const timer =
    load.rate === undefined ? undefined : setInterval(() => post(counts.posted % load.senders), 1_000 / load.rate)
  if (!timer) for (let n = 0; n < load.senders * (load.outstanding ?? 1); n++) post(n % load.senders)
  await Bun.sleep((load.warmUp ?? 1) * 1_000)
  const [before, meter] = [{ ...counts }, new Meter(load.serverPid)]
  await Bun.sleep(load.seconds * 1_000)
  const spent = meter.stop()
  const measured = { acks: counts.acked - before.acked, deliveries: counts.delivered - before.delivered }
  isSending = false
  clearInterval(timer)
  if (!isAllThere()) {
    const { promise, resolve } = Promise.withResolvers<void>()
    settled = resolve
    await Promise.race([promise, Bun.sleep(SETTLE_LIMIT_MS)])
  }
  for (const socket of sockets) socket.close()
  const complete = isAllThere()
  return { ...measured, serverNs: spent.cpuNs, complete, faults: counts.refused, void: spent.void }
}

/** Resolves when the room is open. */
async function enter(port: number, token: string, roomId: string, hear: (frame: string) => void): Promise<WebSocket> {
  // as: Bun's WebSocket takes headers, which the standard type does not know.
  const options = { headers: { authorization: `Bearer ${token}` } } as unknown as string[]
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`, options)
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL_VERSION }))
    socket.onmessage = ({ data }) => {
      const frame = String(data)
      if (frame.startsWith('{"type":"welcome"'))
        socket.send(JSON.stringify({ type: 'open', place: { kind: 'room', roomId } }))
      if (frame.startsWith('{"type":"opened"')) resolve()
    }
    socket.onclose = ({ code, reason }) => reject(new Error(`closed before the room was open: ${code} ${reason}`))
  })
  socket.onmessage = ({ data }) => hear(String(data))
  return socket
}
