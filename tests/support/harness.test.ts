import { afterAll, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { startServer, stopServers } from './harness.ts'

afterAll(stopServers)

test('a server is killed and comes back at the same address', async () => {
  const server = await startServer()
  const { url, pid } = server
  await server.kill9()
  expect(server.pid).toBeUndefined()
  await expect(fetch(`${url}/readyz`)).rejects.toThrow()
  await server.restart()
  expect(server.url).toBe(url)
  expect(server.pid).not.toBe(pid)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  await server.stop()
  expect(existsSync(server.dataFolder)).toBe(false)
}, 30_000)

test('a paused server keeps its sockets and answers nobody until it is resumed', async () => {
  await using server = await startServer()
  server.pause()
  const answer = fetch(`${server.url}/healthz`)
  const winner = await Promise.race([answer.then(() => 'answered'), Bun.sleep(200).then(() => 'silence')])
  expect(winner).toBe('silence')
  server.resume()
  expect((await answer).status).toBe(200)
}, 30_000)

test('a server that cannot start says why', async () => {
  await expect(startServer({ env: { PARLEY_PORT: 'eighty' } })).rejects.toThrow('PARLEY_PORT')
}, 30_000)

test('a server on PostgreSQL gets a database of its own', async () => {
  await using server = await startServer({ database: 'postgres' })
  expect(server.databaseUrl).toStartWith('postgres://')
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
}, 60_000)
