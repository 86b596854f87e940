/** Whom a limit by address counts together: one IPv4 address, or the /64 that one IPv6 line is given. (SPEC H6) */
export function addressBlock(address: string): string {
  const plain = address.replace(/%.*/s, '').toLowerCase()
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain) ?? []
  if (mapped !== undefined) return mapped
  if (!plain.includes(':')) return plain
  return `${expand(plain).slice(0, 4).join(':')}::/64`
}

/** Where one who changes addresses to dodge a limit usually stays: an IPv4 /24, an IPv6 /64. (SPEC H6) */
export function addressNeighbourhood(address: string): string {
  const block = addressBlock(address)
  return block.includes(':') ? block : `${block.split('.').slice(0, 3).join('.')}.0/24`
}

function expand(address: string): string[] {
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].map((group) => group.replace(/^0+(?=.)/, ''))
}
