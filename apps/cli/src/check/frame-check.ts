import { isDeepStrictEqual } from 'node:util'
import type { ClientFrame } from '@parley/protocol'
import { commands, queries, serverFrame } from '@parley/protocol/schemas'
import type { z } from 'zod'

/**
 * Holds what a server says against the protocol: every frame, and every answer against the output of what was asked. A field
 * too many is a fault as well, because schemas are the list of what may leave the server.
 */
export class FrameCheck {
  readonly #asked = new Map<string, string>()
  readonly #faults = new Set<string>()

  /** What was wrong, each once. */
  get faults(): readonly string[] {
    return [...this.#faults]
  }

  sent(frame: ClientFrame): void {
    if (frame.type === 'command' || frame.type === 'query') this.#asked.set(frame.id, frame.name)
  }

  received(frame: unknown): void {
    this.#hold(serverFrame, frame, 'frame')
    const isReply = typeof frame === 'object' && frame !== null && 'type' in frame && frame.type === 'reply'
    if (!isReply || !('id' in frame) || !('output' in frame)) return
    const name = this.#asked.get(String(frame.id)) ?? ''
    const definition =
      name in commands ? commands[name as keyof typeof commands] : queries[name as keyof typeof queries] // as: it was just looked up
    if (definition) this.#hold(definition.output, frame.output, `answer to ${name}`)
    else this.#faults.add(`an answer to ${String(frame.id)}, which was not asked`)
  }

  #hold(schema: z.ZodType, value: unknown, what: string): void {
    const parsed = schema.safeParse(value)
    if (!parsed.success) {
      this.#faults.add(
        `${what}: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`,
      )
    } else if (!isDeepStrictEqual(parsed.data, value)) {
      this.#faults.add(`${what}: more fields than the protocol describes in ${JSON.stringify(value).slice(0, 300)}`)
    }
  }
}
