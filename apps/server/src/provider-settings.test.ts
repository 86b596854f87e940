import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from './config.ts'
import { StartError } from './start-error.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const corp = {
  PARLEY_OIDC_CORP_ISSUER: 'https://id.example.org',
  PARLEY_OIDC_CORP_CLIENT_ID: 'parley',
  PARLEY_OIDC_CORP_CLIENT_SECRET: 'hunter2',
}
const forge = {
  PARLEY_OAUTH_OUR_FORGE_AUTHORIZE_URL: 'https://forge.example.org/authorize',
  PARLEY_OAUTH_OUR_FORGE_TOKEN_URL: 'https://forge.example.org/token',
  PARLEY_OAUTH_OUR_FORGE_USER_URL: 'https://forge.example.org/user',
  PARLEY_OAUTH_OUR_FORGE_CLIENT_ID: 'parley',
  PARLEY_OAUTH_OUR_FORGE_CLIENT_SECRET: 'hunter2',
}

function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment)
  } catch (error) {
    if (error instanceof StartError) return error.message.split('\n')
    throw error
  }
  return []
}

test('[P1] several providers of each kind stand side by side', () => {
  const { config, warnings } = readConfig({
    ...corp,
    ...forge,
    PARLEY_OIDC_LAB_ISSUER: 'http://localhost:9000/realms/lab',
    PARLEY_OIDC_LAB_CLIENT_ID: 'parley',
    PARLEY_OIDC_LAB_CLIENT_SECRET: 'x',
    PARLEY_OIDC_LAB_LABEL: 'The lab',
    PARLEY_OIDC_LAB_SCOPES: 'openid',
    PARLEY_GITHUB_CLIENT_ID: 'gh',
    PARLEY_GITHUB_CLIENT_SECRET: 'x',
  })
  expect(warnings).toEqual([])
  expect(config.providers?.map(({ id, kind, label, scopes }) => [id, kind, label, scopes])).toEqual([
    ['corp', 'openid', 'Corp', 'openid profile email'],
    ['github', 'oauth', 'GitHub', 'read:user user:email'],
    ['lab', 'openid', 'The lab', 'openid'],
    ['our-forge', 'oauth', 'Our forge', ''],
  ])
})

test('[P1] without providers there are none, and empty variables are none', () => {
  expect(readConfig({}).config.providers).toBeUndefined()
  expect(readConfig({ PARLEY_OIDC_CORP_ISSUER: '', PARLEY_GITHUB_CLIENT_ID: ' ' }).config.providers).toBeUndefined()
})

test('[P1] each part that is missing is named', () => {
  expect(problemsOf({ PARLEY_OIDC_CORP_LABEL: 'Corp' })).toEqual([
    'PARLEY_OIDC_CORP_ISSUER is missing: give an address such as https://id.example.org',
    'PARLEY_OIDC_CORP_CLIENT_ID is missing: give the id that the provider gave',
    'PARLEY_OIDC_CORP_CLIENT_SECRET is missing: give the secret that the provider gave (or _CLIENT_SECRET_FILE)',
  ])
  for (const name of Object.keys(forge)) {
    const [problem = '', ...others] = problemsOf({ ...forge, [name]: '' })
    expect(problem).toStartWith(`${name} is missing`)
    expect(others).toEqual([])
  }
  expect(problemsOf({ PARLEY_GITHUB_CLIENT_ID: 'gh' })[0]).toStartWith('PARLEY_GITHUB_CLIENT_SECRET is missing')
})

test.each([
  ['ISSUER', 'id.example.org', 'give an address'],
  ['ISSUER', 'http://id.example.org', 'with https'],
  ['ISSUER', 'http://127.0.0.1.example.org', 'with https'],
  ['ISSUER', 'https://user:word@id.example.org', 'without a user name'],
  ['ISSUER', 'https://id.example.org/#x', 'without a user name'],
  ['ISSUER', 'https://id.example.org/.well-known/openid-configuration', 'the issuer itself'],
  ['ISSUER', 'javascript:alert(1)', 'with https'],
  ['SCOPES', 'profile email', '"openid" must be among them'],
])('[P1] PARLEY_OIDC_CORP_%s as %s is refused', (part, value, words) => {
  const problems = problemsOf({ ...corp, [`PARLEY_OIDC_CORP_${part}`]: value })
  expect(problems.join()).toContain(`PARLEY_OIDC_CORP_${part} is "${value}"`)
  expect(problems.join()).toContain(words)
  expect(problems.join()).not.toContain('hunter2')
})

test('[P3] an e-mail address cannot be made an identity', () => {
  expect(problemsOf({ ...forge, PARLEY_OAUTH_OUR_FORGE_ID_FIELD: 'email' })[0]).toContain('is no identity')
  const mail = { PARLEY_OAUTH_OUR_FORGE_ID_FIELD: 'mail', PARLEY_OAUTH_OUR_FORGE_EMAIL_FIELD: 'mail' }
  expect(problemsOf({ ...forge, ...mail })).toHaveLength(1)
})

test('[P1] a secret comes from a file, and from one place only', () => {
  const path = join(folder, 'secret')
  writeFileSync(path, 'from a file\n')
  const { PARLEY_OIDC_CORP_CLIENT_SECRET, ...rest } = corp
  const file = { PARLEY_OIDC_CORP_CLIENT_SECRET_FILE: path }
  expect(readConfig({ ...rest, ...file }).config.providers?.[0]?.clientSecret).toBe('from a file')
  expect(problemsOf({ ...rest, ...file, PARLEY_OIDC_CORP_CLIENT_SECRET })[0]).toContain('both set')
  expect(problemsOf({ ...rest, PARLEY_OIDC_CORP_CLIENT_SECRET_FILE: `${path}x` })[0]).toContain('cannot be read')
})

test('[P1] two providers of one name are refused', () => {
  const named = Object.entries(forge).map(([name, value]) => [name.replace('OUR_FORGE', 'CORP'), value])
  expect(problemsOf({ ...corp, ...Object.fromEntries(named) })).toEqual([
    'Two sign-in providers are named "corp": give one another <NAME>',
  ])
})

test('[P1] a server that others reach must know its address', () => {
  expect(problemsOf({ ...corp, PARLEY_HOST: '0.0.0.0' })[0]).toStartWith('PARLEY_URL is missing')
  expect(problemsOf({ ...corp, PARLEY_HOST: '0.0.0.0', PARLEY_URL: 'https://chat.example.org' })).toEqual([])
  for (const host of ['127.0.0.1', 'localhost', '::1']) expect(problemsOf({ ...corp, PARLEY_HOST: host })).toEqual([])
})

test('[P1] an unknown name is warned about, with the nearest one of that provider', () => {
  const { warnings } = readConfig({ ...corp, PARLEY_OIDC_CORP_LABLE: 'Corp', PARLEY_OIDC_ISSUER: 'x' })
  expect(warnings).toEqual([
    'PARLEY_OIDC_CORP_LABLE is not a setting of Parley; did you mean PARLEY_OIDC_CORP_LABEL?',
    'PARLEY_OIDC_ISSUER is not a setting of Parley',
  ])
})
