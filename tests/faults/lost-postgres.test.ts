import { afterAll, expect, test } from 'bun:test'
import { newId } from '@parley/protocol'
import { startPostgres } from '../../scripts/services/postgres.ts'
import { startServer, stopServers } from '../support/harness.ts'

afterAll(() => stopServers())

test('[C2] a PostgreSQL that is killed under a running server: /readyz tells, and all goes on when it is back', async () => {
  const postgres = await startPostgres()
  try {
    const databaseUrl = await postgres.createDatabase('parley')
    const server = await startServer({ database: 'postgres', databaseUrl })
    const ask = async (path: string, input: object, headers: Record<string, string> = {}) => {
      const response = await fetch(`${server.url}/api/${path}`, {
        method: 'POST',
        body: JSON.stringify(input),
        headers: { ...headers, ...(token && { Authorization: `Bearer ${token}` }) },
      })
      return { status: response.status, body: await response.json() }
    }
    const ready = async () => {
      const response = await fetch(`${server.url}/readyz`, { signal: AbortSignal.timeout(5_000) })
      return { status: response.status, ...(await response.json()) }
    }
    let token = ''
    token = (await ask('commands/enter', { name: 'Ann', secret: 'a secret of sixteen characters' })).body.token
    const { roomId } = (await ask('commands/create-room', { name: 'Lasting', topic: '' })).body
    expect(await ready()).toMatchObject({ status: 200, checks: { database: true } })

    await postgres.kill9()
    expect(await ready()).toMatchObject({ status: 503, checks: { accepting: true, database: false } })
    const id = newId<string>()
    const post = () => ask('commands/post-message', { roomId, body: 'meanwhile' }, { 'Idempotency-Key': id })
    const asked = post()
    await postgres.restart()
    // As every client does: asked again with the same id until there is an answer.
    let answer = await asked
    while (answer.status !== 200) answer = await post()
    while ((await ready()).status !== 200);
    expect((await post()).body).toEqual(answer.body)
    const page = (await ask('queries/list-messages', { roomId, limit: 10 })).body
    expect(page.messages.map(({ body }: { body: string }) => body)).toEqual(['meanwhile'])
    expect((await server.terminate()).code).toBe(0)
  } finally {
    await stopServers()
    await postgres.stop()
  }
}, 120_000)
