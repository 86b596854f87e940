import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { REFUSALS } from '@parley/protocol'
import { clientFrame, commands, queries, roomEvents, signals, userEvents } from '@parley/protocol/schemas'
import { registry as commandRegistry } from '../apps/server/src/commands/registry.ts'
import { registry as queryRegistry } from '../apps/server/src/queries/registry.ts'

// Whoever adds a word to the protocol is told here what else it needs.

const root = join(import.meta.dir, '..')
const spec = read('SPEC.md')
const reducer = read('packages/client/src/apply-event.ts')
const receiver = read('packages/client/src/incoming.ts')
const connection = read('apps/server/src/sockets/connection.ts')
const routes = ['api', 'account-routes', 'provider-routes']
  .map((name) => read(`apps/server/src/http/${name}.ts`))
  .join('\n')
const tests = testFiles().map(read).join('\n')

describe('every command', () => {
  for (const [name, command] of Object.entries(commands)) {
    test(`${name} has a handler, a rule and a test`, () => {
      if ('over' in command) expect(routes).toContain(`'/commands/${name}'`)
      else expect(Object.keys(commandRegistry)).toContain(name)
      expectSpecified(name)
      expectTested(name)
    })
  }
  test('and no handler is without a command', () => {
    for (const name of Object.keys(commandRegistry)) expect(Object.keys(commands)).toContain(name)
  })
})

describe('every query', () => {
  for (const name of Object.keys(queries)) {
    test(`${name} has a handler, a rule and a test`, () => {
      expect(Object.keys(queryRegistry)).toContain(name)
      expectSpecified(name)
      expectTested(name)
    })
  }
  test('and no handler is without a query', () => {
    for (const name of Object.keys(queryRegistry)) expect(Object.keys(queries)).toContain(name)
  })
})

describe('every event', () => {
  for (const type of [...Object.keys(roomEvents), ...Object.keys(userEvents)]) {
    test(`${type} has a case in the client's reducer, a rule and a test`, () => {
      expect(reducer).toContain(`case '${type}':`)
      expectSpecified(type)
      expectTested(type)
    })
  }
})

describe('every signal', () => {
  for (const name of Object.keys(signals)) {
    test(`${name} is heard by the client, has a rule and a test`, () => {
      expect(receiver).toContain(`case '${name}':`)
      expectSpecified(name)
      expectTested(name)
    })
  }
})

test('every frame of a client has a case in the connection', () => {
  for (const { shape } of clientFrame.options) {
    for (const type of shape.type.values) expect(connection).toContain(`case '${type}':`)
  }
})

describe('every refusal', () => {
  for (const code of Object.keys(REFUSALS)) {
    test(`${code} is expected by a test`, () => {
      expectTested(code)
    })
  }
})

function expectSpecified(name: string): void {
  if (!spec.includes(`\`${name}\``)) throw new Error(`SPEC.md has no rule that names \`${name}\`.`)
}

function expectTested(name: string): void {
  const quoted = new RegExp(`['"\`/]${name}['"\`]`)
  if (!quoted.test(tests)) throw new Error(`No test names '${name}'.`)
}

function testFiles(): string[] {
  const isTest = (path: string) => /\.(test|contract|journey)\.tsx?$/.test(path) && !path.includes('protocol-coverage')
  return ['apps', 'packages', 'tests'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => join(folder, path))
      .filter((path) => isTest(path) && !path.includes('node_modules')),
  )
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
