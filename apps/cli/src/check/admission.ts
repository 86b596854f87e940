import { newId, type Settings, type User } from '@parley/protocol'
import { StartError } from '../../../server/src/start-error.ts'
import type { Answer, ChatServer } from './chat-server.ts'
import { explained } from './explain.ts'

/** Somebody whom the check has made. */
export interface Made {
  readonly user: User
  readonly token: string
  /** Of an account. */
  readonly password?: string
}

export interface Admission {
  readonly by: 'guests' | 'accounts'
  /** Makes somebody; the name has to be free. */
  readonly admit: (name: string) => Promise<Made>
}

export interface AdmissionAsk {
  readonly invitation: string | undefined
  readonly registers: boolean
}

/** Perhaps it was done, and perhaps not. */
export class Unanswered extends StartError {
  readonly what: string

  constructor(what: string, message: string) {
    super(message)
    this.what = what
  }
}

const ENTER_WITHIN_MS = 90_000

/** How people can come in here, from what the server says of itself. Errors: `StartError`, with what would help. */
export async function findAdmission(
  server: ChatServer,
  { invitation: link, registers }: AdmissionAsk,
  signal: AbortSignal,
): Promise<Admission> {
  const answer = await server.get('/api/instance')
  if (answer.kind !== 'reply') throw explained(server.url, answer)
  const settings = settingsIn(server, answer.output)
  const invitation = link === undefined ? undefined : tokenIn(link)
  if (invitation !== undefined) await requireToServer(server, invitation)
  const by = registers ? 'accounts' : 'guests'
  requireOpen(server, settings, { by, isInvited: invitation !== undefined })
  const invited = invitation === undefined ? {} : { invitation }
  const [domain] = settings.emailDomains
  const admit = async (name: string): Promise<Made> => {
    const secret = random(48)
    const handle = name.replaceAll(' ', '-')
    const account = { handle, name, password: secret, ...(domain && { email: `${handle}@${domain}` }), ...invited }
    const ask =
      by === 'accounts'
        ? () => server.command('register', account)
        : repeating((id) => server.command('enter', { name, secret, ...invited }, { id }))
    const entered = await server.patiently<{ user: User; token?: string | undefined }>(ask, {
      withinMs: ENTER_WITHIN_MS,
      signal,
    })
    if (entered.kind === 'away') throw new Unanswered(name, explained(server.url, entered).message)
    if (entered.kind === 'refused') throw explained(server.url, entered)
    const { user, token } = entered.output
    if (token === undefined)
      throw new StartError(`${server.url} let somebody in without a token: a proxy adds an Origin.`)
    return by === 'accounts' ? { user, token, password: secret } : { user, token }
  }
  return { by, admit }
}

type Instance = Settings & { readonly providers: readonly unknown[] }

function settingsIn({ url }: ChatServer, output: unknown): Instance {
  const isInstance = typeof output === 'object' && output !== null && 'signUp' in output && 'guests' in output
  if (!isInstance) throw new StartError(`What answers at ${url} is not a Parley, or one too old for this check.`)
  return output as Instance // as: what /api/instance of a Parley says
}

function requireOpen(
  { url }: ChatServer,
  settings: Instance,
  { by, isInvited }: { by: Admission['by']; isInvited: boolean },
) {
  if (by === 'guests' && !settings.guests) {
    const instead =
      settings.signUp === 'provider'
        ? 'Accounts come from a sign-in provider, so let guests in for the time of the check'
        : 'Say --register, and the check makes accounts of its own, which it deletes'
    throw new StartError(`${url} lets no guests in. ${instead}.`)
  }
  if (by === 'accounts' && settings.signUp === 'provider') {
    throw new StartError(`${url} makes accounts only by a sign-in provider. Leave --register away and let guests in.`)
  }
  if (settings.signUp === 'invitation' && !isInvited) {
    throw new StartError(
      `${url} lets people in by invitation only. Give a link to the server with --invitation; it needs as many uses as --people, and two more.`,
    )
  }
}

/** A link into a room would bring the check's people among others. */
async function requireToServer(server: ChatServer, token: string): Promise<void> {
  const answer = await server.command('describe-invitation', { token })
  if (answer.kind !== 'reply') throw explained(server.url, answer)
  if (answer.output.room) {
    throw new StartError(
      `The invitation leads into the room "${answer.output.room.name}", where the check would be seen. Give a link to the server as a whole.`,
    )
  }
}

/** What stands behind the `#` of a link, or the code alone. */
const tokenIn = (link: string): string => link.slice(link.lastIndexOf('#') + 1)

function repeating<Output>(ask: (id: string) => Promise<Answer<Output>>): () => Promise<Answer<Output>> {
  const id = newId<string>()
  return () => ask(id)
}

function random(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length / 2))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
