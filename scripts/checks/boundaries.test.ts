import { expect, test } from 'bun:test'
import { findCrossings } from './boundaries.ts'
import { parseSource } from './source-file.ts'

const crossings = (path: string, text: string) => findCrossings(parseSource(path, text))

test.each([
  ['packages/protocol/src/ids.ts', "import { x } from '@parley/client'"],
  ['packages/client/src/outbox.ts', "import { signal } from '@preact/signals'"],
  ['packages/client/src/outbox.ts', 'document.title = "x"'],
  ['packages/client/src/outbox.ts', "import { readFile } from 'node:fs'"],
  ['apps/web/src/main.tsx', "import type { App } from '@parley/server'"],
  ['apps/web/src/main.tsx', "import type { App } from '../../server/src/app.ts'"],
  ['apps/web/src/kit/button.tsx', "import { chat } from '../chat.ts'"],
  ['apps/web/src/kit/button.tsx', "import type { RoomId } from '@parley/protocol'"],
  ['apps/server/src/storage/rooms.ts', "import { postMessage } from '../commands/post-message.ts'"],
  ['apps/server/src/sockets/hub.ts', "import { router } from '../http/router.ts'"],
  ['apps/server/src/http/router.ts', "export * from '../app.ts'"],
  ['apps/server/src/log.ts', "import { rooms } from './storage/rooms.ts'"],
  ['apps/server/src/rules/rooms.ts', "import { readFileSync } from 'node:fs'"],
  ['apps/server/src/rules/rooms.ts', "import type { Rooms } from '../storage/rooms.ts'"],
  ['apps/server/src/rules/rooms.ts', 'export const isLate = (at: number) => Date.now() > at'],
  ['apps/server/src/rules/rooms.ts', 'export async function mayPost() {}'],
  ['apps/server/src/commands/perform.ts', "import { sleep } from 'bun'"],
  ['apps/server/src/commands/perform.ts', 'const file = Bun.file("x")'],
  ['apps/server/src/commands/perform.ts', "import { listen } from '../runtime/listen.ts'"],
  ['apps/server/src/storage/rooms.ts', "const sqlite = await import('bun:sqlite')"],
  ['apps/server/src/app.ts', "import { harness } from '../../../tests/support/harness.ts'"],
])('a crossing in %s is found: %s', (path, text) => {
  expect(crossings(path, text)).toHaveLength(1)
})

test.each([
  ['apps/server/src/app.ts', "import { hub } from './sockets/hub.ts'\nimport { listen } from './runtime/listen.ts'"],
  [
    'apps/server/src/sockets/hub.ts',
    "import type { Log } from '../log.ts'\nimport { perform } from '../commands/perform.ts'",
  ],
  ['apps/server/src/storage/sqlite-database.ts', "import { Database } from 'bun:sqlite'"],
  ['apps/server/src/runtime/listen.ts', 'Bun.serve({})'],
  ['apps/server/src/rules/rooms.ts', "import type { Room } from '@parley/protocol'\nexport const at = new Date(5)"],
  ['apps/web/src/kit/button.tsx', "import { signal } from '@preact/signals'\nimport './button.module.css'"],
  ['apps/web/src/main.tsx', "import type { Room } from '@parley/protocol'\nimport { chat } from '@parley/client'"],
  ['packages/client/src/outbox.ts', 'const entry = { document: 1 }; entry.document'],
])('what points the right way in %s passes: %s', (path, text) => {
  expect(crossings(path, text)).toEqual([])
})
