import { expect, test } from 'bun:test'
import { openLog, readable } from './log.ts'

function linesOf(write: (log: ReturnType<typeof openLog>) => void): string[] {
  const lines: string[] = []
  write(openLog('info', (line) => lines.push(line)))
  return lines
}

test('what could sign somebody in never reaches the log', () => {
  const [line = ''] = linesOf((log) =>
    log.info(
      {
        token: 'hunter2',
        request: { headers: { cookie: 'hunter2', authorization: 'hunter2' } },
        entry: { secret: 'hunter2' },
      },
      'in',
    ),
  )
  expect(line).not.toContain('hunter2')
  expect(line).toContain('(hidden)')
})

test('below the level nothing is written', () => {
  expect(linesOf((log) => log.debug('quiet'))).toEqual([])
})

test('people at a terminal get one readable line, and the stack of a fault', () => {
  const [plain = '', fault = ''] = linesOf((log) => {
    log.info({ port: 8000 }, 'Parley is open')
    log.error({ err: new Error('disk on fire'), incident: 'abc' }, 'A fault')
  })
  expect(readable(plain)).toMatch(/^\d\d:\d\d:\d\d info {2}Parley is open \{"port":8000\}\n$/)
  expect(readable(fault)).toMatch(/error A fault \{"incident":"abc"\}\nError: disk on fire/)
})
