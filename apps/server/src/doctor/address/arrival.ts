import { randomBytes } from 'node:crypto'
import { callServer } from '../../control/control-client.ts'
import { PROBE_HEADER, type SeenRequest } from '../../seen-requests.ts'
import { type Finding, ok, warning } from '../finding.ts'
import { ask } from './probe.ts'

/** A request by the public address, and how the server on this machine saw it arrive: limits count by that. (SPEC H6) */
export async function examineArrival(url: URL, dataFolder: string): Promise<Finding[]> {
  const line = await callServer(dataFolder)
  if (!line) return []
  try {
    const probe = randomBytes(16).toString('hex')
    await line.ask('probe-expect', { probe })
    await ask(new URL('/healthz', url), { headers: { [PROBE_HEADER]: probe } })
    // as: `Serving` answers so.
    const seen = (await line.ask('probe-seen', { probe })) as SeenRequest | null
    return [seen ? judge(seen) : ok('client address', 'not seen: another instance answered')]
  } catch {
    return [] // The address itself is judged elsewhere, and an older server does not know this ask.
  } finally {
    line.close()
  }
}

function judge({ peer, forwarded, address }: SeenRequest): Finding {
  if (forwarded === '') return ok('client address', `the server sees ${address}, and nobody forwards in between`)
  if (peer !== address && address !== '')
    return ok('client address', `the server sees ${address}, forwarded by ${peer} (${forwarded})`)
  const says = `The server takes everybody for ${peer}, which forwards (X-Forwarded-For: ${forwarded})`
  return warning(
    'client address',
    says,
    `Add ${peer} to PARLEY_TRUSTED_PROXIES: without it, all people share one address's limits.`,
  )
}
