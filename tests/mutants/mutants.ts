import type { Edit } from '../../scripts/proofs/mutant-tree.ts'

/** A mistake that a server of this kind is known to be built with, and the test that must notice it. */
export interface ServerMutant {
  readonly name: string
  readonly edits: readonly Edit[]
  readonly caughtBy: {
    readonly file: string
    /** Its whole name, with that of the group that it is in. */
    readonly test: string
    /** What it must say, so that it fails for this and for no other reason. */
    readonly saying: RegExp
  }
}

const BATCH = 'apps/server/src/commands/batch.ts'
const CHANNEL = 'apps/server/src/sockets/room-channel.ts'
const FRAMES = 'apps/server/src/sockets/encode-frame.ts'
const LOG_ROWS = 'apps/server/src/storage/event-rows.ts'
const MIGRATION = 'apps/server/src/storage/migrations/0001-core.ts'
const POSTGRES = 'apps/server/src/storage/postgres-database.ts'
const RECEIPTS = 'apps/server/src/storage/receipts.ts'
const RESTORE = 'apps/server/src/backup/restore.ts'
const SQLITE = 'apps/server/src/storage/sqlite-database.ts'
const STREAMS = 'apps/server/src/storage/streams.ts'
const SUBSCRIPTION = 'apps/server/src/sockets/subscription.ts'

const POWER_CUTS = {
  file: 'tests/power/power-cuts.test.ts',
  test: '[S2] what was acknowledged or told is there after a power cut, and the rest is whole (20 cuts)',
}
const SUBSCRIPTIONS = 'apps/server/src/sockets/subscription.test.ts'
const LOG_TEST = 'apps/server/src/commands/log.test.ts'

export const MUTANTS: readonly ServerMutant[] = [
  {
    name: 'acknowledges before the commit',
    edits: [
      {
        path: BATCH,
        find: '    tools.noteOpen(performance.now() - startedAt)\n',
        replace: `    tools.noteOpen(performance.now() - startedAt)
    entries.forEach((entry, index) => {
      const outcome = outcomes[index]
      if (outcome && 'output' in outcome) entry.resolve(outcome.output)
    })
`,
      },
    ],
    caughtBy: { ...POWER_CUTS, saying: /I1 .* was acknowledged and is not in the log/ },
  },
  {
    // Parley lets SQLite commit without a sync and syncs the log itself: the mistake is not to wait for that.
    name: 'answers without waiting for the sync',
    edits: [{ path: SQLITE, find: '    committed?.()\n    await synced\n', replace: '    committed?.()\n' }],
    caughtBy: { ...POWER_CUTS, saying: /I1 .* was acknowledged and is not in the log/ },
  },
  {
    name: 'takes seqs from a sequence of the database instead of under the row lock',
    edits: [
      { path: POSTGRES, find: 'order by id for update', replace: 'order by id' },
      {
        // A sequence gives each number once, whatever becomes of the transaction that took it.
        path: STREAMS,
        find: 'export class Streams {\n',
        replace: 'const sequences = new Map<StreamId, Seq>()\n\nexport class Streams {\n',
      },
      {
        path: STREAMS,
        find: '    const seq = ++stream.row.head\n',
        replace: `    const seq = Math.max(stream.row.head, sequences.get(id) ?? 0) + 1
    sequences.set(id, seq)
    stream.row.head = seq
`,
      },
    ],
    caughtBy: { file: LOG_TEST, test: 'sqlite [S1] a batch that is rolled back leaves no hole', saying: /I3 .*seq/ },
  },
  {
    name: 'leaves a hole when a command is repeated',
    edits: [
      {
        path: STREAMS,
        find: '  head(id: StreamId): Seq {\n',
        replace: `  skip(id: StreamId): void {
    const stream = this.#locked(id)
    stream.row.head += 1
    stream.isChanged = true
  }

  head(id: StreamId): Seq {
`,
      },
      {
        path: BATCH,
        find: 'return repeated(tx, entry, receipts)',
        replace: `{
      for (const id of entry.locks) if (tx.streams.isOpen(id)) tx.streams.skip(id)
      return repeated(tx, entry, receipts)
    }`,
      },
    ],
    caughtBy: { file: LOG_TEST, test: 'sqlite [A6] a repeat leaves no hole', saying: /I3 .*head/ },
  },
  {
    name: 'recognises repeats by a cache, which a restart empties',
    edits: [
      {
        path: RECEIPTS,
        find: 'const NONE: readonly ReceiptRow[] = []',
        replace: `const caches = new WeakMap<Writer, Map<CommandId, ReceiptRow[]>>()
function cacheOf(writer: Writer) {
  const cache = caches.get(writer) ?? new Map<CommandId, ReceiptRow[]>()
  caches.set(writer, cache)
  return cache
}

const NONE: readonly ReceiptRow[] = []`,
      },
      {
        path: RECEIPTS,
        find: "    for (const row of await this.#writer.lookup('events', ['actor_id', 'command_id'], keys)) {\n",
        replace: `    const cache = cacheOf(this.#writer)
    const cached = keys.flatMap((key) => cache.get(key.command_id) ?? [])
    for (const row of cached.filter((one) => keys.some((key) => key.actor_id === one.actor_id))) {
`,
      },
      {
        path: RECEIPTS,
        find: '    const known = this.#rows.get(row.command_id)\n',
        replace: `    const cache = cacheOf(this.#writer)
    const before = cache.get(row.command_id) ?? []
    if (!before.includes(row)) cache.set(row.command_id, [...before, row])
    const known = this.#rows.get(row.command_id)
`,
      },
      // Whoever trusts a cache has no such rule either.
      {
        path: MIGRATION,
        find: "        .createIndex('events_receipt')\n        .unique()\n",
        replace: "        .createIndex('events_receipt')\n",
      },
    ],
    caughtBy: {
      file: LOG_TEST,
      test: 'sqlite [A6] a repeat after a restart gets the first answer and is stored once',
      saying: /I2 .* has 2 rows/,
    },
  },
  {
    name: 'delivers two events in the wrong order',
    edits: [
      {
        path: FRAMES,
        find: 'events: events.map(packEvent)',
        replace: 'events: [...events.slice(1, 2), ...events.slice(0, 1), ...events.slice(2)].map(packEvent)',
      },
    ],
    caughtBy: {
      file: SUBSCRIPTIONS,
      test: '[E3] what is published while the log is read comes after it, once',
      saying: /expect\(viewer\.seqs\)\.toEqual\(upTo\(2, 7\)\)/,
    },
  },
  {
    // Each ten-thousandth event of a process, and what shares its frame: the test delivers more than that.
    name: 'drops one in ten thousand events on their way out',
    edits: [
      {
        path: SUBSCRIPTION,
        find: 'export class Subscription {\n',
        replace: 'let delivered = 0\n\nexport class Subscription {\n',
      },
      {
        path: SUBSCRIPTION,
        find: '    this.viewer.send(frame.text)\n    this.last = frame.last\n',
        replace: `    const before = delivered
    delivered += frame.last - this.last
    if (Math.floor(before / 10_000) === Math.floor(delivered / 10_000)) this.viewer.send(frame.text)
    this.last = frame.last
`,
      },
    ],
    caughtBy: {
      file: 'apps/server/src/sockets/every-delivery.test.ts',
      test: '[E3] of more than ten thousand deliveries not one is missing',
      saying: /was not given/,
    },
  },
  {
    name: 'goes on delivering after a removal',
    edits: [
      {
        path: CHANNEL,
        find: '      if (frame.leaver !== undefined && frame.leaver === subscription.userId) subscription.expel()\n',
        replace: '',
      },
    ],
    caughtBy: {
      file: SUBSCRIPTIONS,
      test: '[G8] the frame ends with the removal, and so does delivery',
      saying: /expect\(goes\.seqs\)\.toEqual\(\[1, 2\]\)/,
    },
  },
  {
    name: 'fetches before it subscribes',
    edits: [
      { path: SUBSCRIPTION, find: '    this.#parts.channel.admit(this)\n', replace: '' },
      {
        path: SUBSCRIPTION,
        find: '      if (!needsSnapshot || !this.#parts.channel.bringUp(this)) await this.#catchUp()\n',
        replace: '      if (!needsSnapshot) await this.#catchUp()\n',
      },
      {
        path: SUBSCRIPTION,
        find: '      if (this.#isEnded || channel.bringUp(this)) return\n',
        replace: '      if (page !== undefined) return\n',
      },
      {
        path: SUBSCRIPTION,
        find: "    this.#phase = 'live'\n",
        replace: "    this.#phase = 'live'\n    this.#parts.channel.admit(this)\n",
      },
    ],
    caughtBy: {
      file: SUBSCRIPTIONS,
      test: 'whoever goes live at once is served from memory, not by another read',
      saying: /expect\(second\.seqs\)\.toEqual\(upTo\(1, 5\)\)/,
    },
  },
  {
    name: 'takes the time of an event for a cursor',
    edits: [
      {
        path: LOG_ROWS,
        find: "      .where('seq', '>', params.after)\n",
        replace: `      .where('at', '>', ({ fn, selectFrom, lit }) =>
        fn.coalesce(
          selectFrom('events as last')
            .select('last.at')
            .where('last.stream', '=', params.stream)
            .where('last.seq', '=', params.after),
          lit(0),
        ),
      )
`,
      },
    ],
    caughtBy: {
      file: LOG_TEST,
      test: 'sqlite [E3] a cursor between events of one millisecond misses none',
      saying: /expect\(page\.events/,
    },
  },
  {
    name: 'skips the last page of what was missed',
    edits: [
      {
        path: SUBSCRIPTION,
        find: '    if (!final) return false\n',
        replace: `    if (!final) return false
    if (this.last > 0 && final.seq >= head) {
      this.last = final.seq
      return false
    }
`,
      },
    ],
    caughtBy: {
      file: SUBSCRIPTIONS,
      test: '[E3] a long absence is read page by page before the place counts as open',
      saying: /expect\(viewer\.seqs\)\.toEqual\(upTo\(1, 25\)\)/,
    },
  },
  {
    name: 'keeps the epoch when a backup is restored',
    edits: [{ path: RESTORE, find: '{ value: epoch })', replace: '{ value: header.epoch })' }],
    caughtBy: {
      file: 'tests/backup/epoch.test.ts',
      test: '[K3] a restored database is of another epoch, so that clients start afresh',
      saying: /not\.toBe/,
    },
  },
]
