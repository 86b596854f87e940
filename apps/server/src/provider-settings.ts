import { type Complain, type Environment, given, readSecretFile } from './environment.ts'
import { isLoopback } from './loopback.ts'

interface CommonSettings {
  /** As in addresses: `PARLEY_OIDC_MY_CORP_…` is `my-corp`. */
  readonly id: string
  /** What its button says. */
  readonly label: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes: string
}

/** OpenID Connect: everything else stands in the issuer's document. */
export interface OpenidSettings extends CommonSettings {
  readonly kind: 'openid'
  /** Exactly as the issuer writes itself. */
  readonly issuer: string
}

/** Plain OAuth2: who somebody is stands in what `userUrl` answers. */
export interface OAuthSettings extends CommonSettings {
  readonly kind: 'oauth'
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly userUrl: string
  /** Names of members of the answer; dots lead into it. */
  readonly idField: string
  readonly nameField: string
  readonly emailField: string
  /** Says by `true` that the provider has checked the address. Without it no address of theirs counts as checked. */
  readonly emailVerifiedField?: string
  /** GitHub's list of addresses, each with whether it was checked. */
  readonly emailsUrl?: string
}

export type ProviderSettings = OpenidSettings | OAuthSettings

const COMMON = ['CLIENT_ID', 'CLIENT_SECRET', 'CLIENT_SECRET_FILE', 'LABEL', 'SCOPES']
const KINDS = {
  OIDC: ['ISSUER', ...COMMON],
  OAUTH: [
    ...['AUTHORIZE_URL', 'TOKEN_URL', 'USER_URL', 'ID_FIELD', 'NAME_FIELD', 'EMAIL_FIELD', 'EMAIL_VERIFIED_FIELD'],
    ...COMMON,
  ],
} as const satisfies Record<string, readonly string[]>
const GITHUB = ['PARLEY_GITHUB_CLIENT_ID', 'PARLEY_GITHUB_CLIENT_SECRET', 'PARLEY_GITHUB_CLIENT_SECRET_FILE']

/** Every name of a setting that the providers mentioned in the environment have or could have. */
export function providerSettingNames(environment: Environment): string[] {
  const names = mentioned(environment).flatMap(({ kind, prefix }) => KINDS[kind].map((part) => `${prefix}_${part}`))
  return [...names, ...GITHUB]
}

/**
 * Sign-in providers, ascending by id: `PARLEY_OIDC_<NAME>_…`, `PARLEY_OAUTH_<NAME>_…` and `PARLEY_GITHUB_…`, as many as there
 * are. Each wrong or missing part is complained of on its own.
 */
export function readProviders(environment: Environment, complain: Complain): ProviderSettings[] {
  const providers = mentioned(environment).map(({ kind, prefix, name }) => {
    const part = partReader({ environment, prefix, complain })
    const id = name.toLowerCase().replaceAll('_', '-')
    return kind === 'OIDC' ? readOpenid(id, name, part) : readOAuth(id, name, part)
  })
  if (GITHUB.some((name) => given(environment, name) !== undefined)) {
    providers.push(github(partReader({ environment, prefix: 'PARLEY_GITHUB', complain })))
  }
  providers.sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const [index, { id }] of providers.entries()) {
    if (providers[index + 1]?.id === id) complain(`Two sign-in providers are named "${id}": give one another <NAME>`)
  }
  return providers
}

interface Mention {
  readonly kind: keyof typeof KINDS
  /** `PARLEY_OIDC_CORP` */
  readonly prefix: string
  readonly name: string
}

/** Providers of which at least one setting has a value. */
function mentioned(environment: Environment): Mention[] {
  const found = new Map<string, Mention>()
  for (const variable of Object.keys(environment)) {
    if (given(environment, variable) === undefined) continue
    for (const kind of ['OIDC', 'OAUTH'] as const) {
      // pattern: made of our own words, for the operator's own names
      const pattern = new RegExp(`^PARLEY_${kind}_([A-Z0-9]+(?:_[A-Z0-9]+)*)_(?:${KINDS[kind].join('|')})$`)
      const [, name] = pattern.exec(variable) ?? []
      if (name === undefined) continue
      const prefix = `PARLEY_${kind}_${name}`
      found.set(prefix, { kind, prefix, name })
    }
  }
  return [...found.values()]
}

type PartReader = ReturnType<typeof partReader>

function partReader({
  environment,
  prefix,
  complain,
}: {
  environment: Environment
  prefix: string
  complain: Complain
}) {
  const optional = (part: string) => given(environment, `${prefix}_${part}`)
  const required = (part: string, example: string) => {
    const value = optional(part)
    if (value === undefined) complain(`${prefix}_${part} is missing: give ${example}`)
    return value ?? ''
  }
  const address = (part: string, example: string) => {
    const text = required(part, `an address such as ${example}`)
    const problem = text === '' ? undefined : addressProblem(text)
    if (problem) complain(`${prefix}_${part} is "${text}": ${problem}, such as ${example}`)
    return text
  }
  const secret = () => {
    const file = optional('CLIENT_SECRET_FILE')
    const direct = optional('CLIENT_SECRET')
    if (file === undefined)
      return required('CLIENT_SECRET', 'the secret that the provider gave (or _CLIENT_SECRET_FILE)')
    if (direct !== undefined)
      complain(`${prefix}_CLIENT_SECRET and ${prefix}_CLIENT_SECRET_FILE are both set: give one`)
    return direct ?? readSecretFile(`${prefix}_CLIENT_SECRET_FILE`, file, complain)
  }
  const client = () => ({ clientId: required('CLIENT_ID', 'the id that the provider gave'), clientSecret: secret() })
  const wrong = (part: string, problem: string) => complain(`${prefix}_${part} ${problem}`)
  return { optional, address, client, wrong }
}

function readOpenid(id: string, name: string, part: PartReader): OpenidSettings {
  const issuer = part.address('ISSUER', 'https://id.example.org')
  const scopes = part.optional('SCOPES') ?? 'openid profile email'
  if (issuer.includes('/.well-known/') || /[?#]/.test(issuer)) {
    part.wrong('ISSUER', `is "${issuer}": give the issuer itself, without what follows from "/.well-known" on`)
  }
  if (!scopes.split(/\s+/).includes('openid')) part.wrong('SCOPES', `is "${scopes}": "openid" must be among them`)
  return { kind: 'openid', id, label: part.optional('LABEL') ?? labelOf(name), issuer, scopes, ...part.client() }
}

function readOAuth(id: string, name: string, part: PartReader): OAuthSettings {
  const idField = part.optional('ID_FIELD') ?? 'id'
  const emailField = part.optional('EMAIL_FIELD') ?? 'email'
  // Addresses are given to somebody else one day, and whoever has one then must not become the person who had it before.
  if (idField === emailField)
    part.wrong('ID_FIELD', `is "${idField}": an e-mail address is no identity; give what never changes`)
  const emailVerifiedField = part.optional('EMAIL_VERIFIED_FIELD')
  return {
    kind: 'oauth',
    id,
    label: part.optional('LABEL') ?? labelOf(name),
    authorizeUrl: part.address('AUTHORIZE_URL', 'https://id.example.org/authorize'),
    tokenUrl: part.address('TOKEN_URL', 'https://id.example.org/token'),
    userUrl: part.address('USER_URL', 'https://id.example.org/user'),
    scopes: part.optional('SCOPES') ?? '',
    idField,
    nameField: part.optional('NAME_FIELD') ?? 'name',
    emailField,
    ...(emailVerifiedField !== undefined && { emailVerifiedField }),
    ...part.client(),
  }
}

function github(part: PartReader): OAuthSettings {
  return {
    kind: 'oauth',
    id: 'github',
    label: 'GitHub',
    authorizeUrl: 'https://github.com/login/oauth/authorize',
    tokenUrl: 'https://github.com/login/oauth/access_token',
    userUrl: 'https://api.github.com/user',
    emailsUrl: 'https://api.github.com/user/emails',
    scopes: 'read:user user:email',
    idField: 'id',
    nameField: 'name',
    emailField: 'email',
    ...part.client(),
  }
}

/** Codes and secrets go there, so only this very machine may be spoken to in the clear. */
function addressProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'give an address'
  const { protocol, hostname, username, password, hash } = new URL(text)
  if (username !== '' || password !== '' || hash !== '') return 'give it without a user name and without "#"'
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return undefined
  return 'give an address with https (http is for localhost only)'
}

/** `MY_CORP` → `My corp`. */
function labelOf(name: string): string {
  const words = name.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
