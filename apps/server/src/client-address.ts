import { BlockList, isIP } from 'node:net'

/** Proxies whose word about whom they speak for is taken. */
export type TrustedProxies = BlockList

/** Reads addresses and networks, as in `10.0.0.1,172.16.0.0/12,fd00::/8`; `problems` names what is neither. */
export function readTrustedProxies(text: string): { proxies: TrustedProxies; problems: string[] } {
  const proxies = new BlockList()
  const problems: string[] = []
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const [, address = '', prefix] = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(part) ?? []
    const family = familyOf(address)
    const bits = prefix === undefined ? undefined : Number(prefix)
    if (!family || (bits !== undefined && bits > (family === 'ipv4' ? 32 : 128))) problems.push(part)
    else if (bits === undefined) proxies.addAddress(address, family)
    else proxies.addSubnet(address, bits, family)
  }
  return { proxies, problems }
}

/**
 * Who is at the other end: the peer, unless that is a trusted proxy; then the rightmost address of `X-Forwarded-For` that is
 * not one. Whatever stands further left was written by whoever it speaks of, and would dodge any limit. (SPEC H6)
 */
export function clientAddress(headers: Headers, peer: string, proxies: TrustedProxies): string {
  const from = plain(peer)
  if (!isTrusted(from, proxies)) return from
  const forwarded = (headers.get('x-forwarded-for') ?? '').split(',').map((part) => plain(part.trim()))
  let nearest = from
  for (const address of forwarded.reverse()) {
    // What is no address was not written by a proxy of ours: from here on leftwards nothing can be believed.
    if (!familyOf(address)) return nearest
    nearest = address
    if (!isTrusted(address, proxies)) return address
  }
  return nearest
}

function isTrusted(address: string, proxies: TrustedProxies): boolean {
  const family = familyOf(address)
  return family !== undefined && proxies.check(address, family)
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address)
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined
}

/** Without brackets, port, zone, and what IPv6 sockets put before IPv4 addresses. */
function plain(address: string): string {
  const [, bracketed] = /^\[([0-9a-fA-F:.%]+)\](?::\d+)?$/.exec(address) ?? []
  const [, before] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address) ?? []
  const bare = (bracketed ?? before ?? address).replace(/%.*/s, '')
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare) ?? []
  return mapped ?? bare
}
