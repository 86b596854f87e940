import { LIMITS } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'

export interface Email {
  readonly address: string
  /** In lower case and ASCII, so that no other spelling of a domain passes for it. */
  readonly domain: string
}

/** Refuses what is no address. It is never compared with anybody else's: addresses are no keys. (SPEC H3) */
export function readEmail(typed: string): Email {
  const address = typed.trim().normalize('NFC')
  const [, local = '', name = ''] = /^([^\s@\p{C}"(),:;<>[\\\]]{1,64})@([^\s@]{1,253})$/u.exec(address) ?? []
  const domain = domainOf(name)
  if (local === '' || domain === undefined || address.length > LIMITS.emailLength) refuse('email-invalid')
  return { address, domain }
}

function domainOf(name: string): string | undefined {
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(name) || !URL.canParse(`http://${name}`)) return undefined
  const { hostname } = new URL(`http://${name}`)
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(hostname) && !/^[\d.]+$/.test(hostname) ? hostname : undefined
}
