import { expect, test } from 'bun:test'
import type { RefusalCode } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { House } from '../testing/house.ts'
import { Session } from './session.ts'

interface Asked {
  readonly path: string
  readonly key: string | undefined
  readonly secret: string | undefined
  readonly authorization: string | undefined
}

/** Answers one by one; an answer may be a refusal's code, an object, or an error of the network. */
function session(answers: (object | RefusalCode | Error)[]) {
  const asked: Asked[] = []
  const fetch = async (url: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>
    const body = init.body === undefined ? {} : JSON.parse(init.body as string)
    asked.push({
      path: new URL(url).pathname,
      key: headers['idempotency-key'],
      secret: body.secret,
      authorization: headers.authorization,
    })
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    if (typeof answer !== 'string') return Response.json(answer)
    const problem = {
      type: 'about:blank',
      title: 't',
      status: 409,
      code: answer,
      detail: 'No.',
      details: { suggestion: 'Ann 2' },
    }
    return Response.json(problem, { status: 409 })
  }
  const clock = new FakeClock()
  const made = new Session({
    url: 'http://parley.test',
    token: undefined,
    clock,
    fetch: fetch as unknown as typeof globalThis.fetch,
  })
  return { asked, session: made, clock }
}
const ann = new House().person('Ann')

test('[H1] after a lost reply the same name is asked for with the same id and secret', async () => {
  const { session: to, asked } = session([new TypeError('cut'), { user: ann, expiresAt: 1 }])
  await expect(to.enter('Ann')).rejects.toMatchObject({ name: 'UnreachableError' })
  expect(await to.enter('Ann')).toEqual(ann)
  expect(asked[0]).toEqual(asked[1] as Asked)
  expect(asked[0]?.secret?.length).toBeGreaterThanOrEqual(16)
})

test('[H4] after a refusal, or with another name, it is another command; the suggestion is handed on', async () => {
  const { session: to, asked } = session(['name-taken', new TypeError('cut'), { user: ann, expiresAt: 1 }])
  await expect(to.enter('Ann')).rejects.toMatchObject({
    code: 'name-taken',
    message: 'No.',
    details: { suggestion: 'Ann 2' },
  })
  await expect(to.enter('Ann')).rejects.toThrow()
  await to.enter('Ann 2')
  expect(new Set(asked.map(({ key }) => key)).size).toBe(3)
  expect(new Set(asked.map(({ secret }) => secret)).size).toBe(3)
})

test('[H1] busy keeps the id, because nothing is known about the outcome', async () => {
  const { session: to, asked } = session(['busy', { user: ann, expiresAt: 1 }])
  await expect(to.enter('Ann')).rejects.toMatchObject({ code: 'busy' })
  await to.enter('Ann')
  expect(asked[0]?.key).toBe(asked[1]?.key)
})

test('[H1] a token in the answer signs in what follows', async () => {
  const { session: to, asked } = session([{ user: ann, expiresAt: 1, token: 'abc' }, { user: ann }])
  await to.enter('Ann')
  expect(await to.whoAmI()).toEqual(ann)
  expect(asked[1]).toMatchObject({ path: '/api/session', authorization: 'Bearer abc' })
})

test('nobody signed in is an answer, not an error; a page of a proxy is', async () => {
  const { session: to } = session([{ user: null }, { title: 'Bad gateway' }])
  expect(await to.whoAmI()).toBeUndefined()
  await expect(to.whoAmI()).rejects.toMatchObject({ name: 'UnreachableError' })
})

test('a server that does not answer is given up after 15 s', async () => {
  const clock = new FakeClock()
  const fetch = (_: string, { signal }: RequestInit) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
  const to = new Session({
    url: 'http://parley.test',
    token: undefined,
    clock,
    fetch: fetch as unknown as typeof globalThis.fetch,
  })
  const asking = to.whoAmI()
  asking.catch(() => undefined)
  await clock.advance(15_000)
  await expect(asking).rejects.toMatchObject({ name: 'UnreachableError' })
})
