export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }

/**
 * Splits text into plain parts and links. Every character is looked at a bounded number of times, whatever is typed, and
 * only http, https and mailto addresses become links: `javascript:` and the like stay text.
 */
export function linkify(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let plainFrom = 0
  const start = /https?:\/\/|mailto:|www\./giu
  for (let found = start.exec(text); found; found = start.exec(text)) {
    const from = found.index
    const end = endOfRun(text, from)
    const to = withoutTrailing(text, from + found[0].length, end)
    const href = continuesWord(text, from) ? undefined : hrefOf(text.slice(from, to))
    if (href !== undefined) {
      if (from > plainFrom) parts.push({ kind: 'text', text: text.slice(plainFrom, from) })
      parts.push({ kind: 'link', text: text.slice(from, to), href })
      plainFrom = to
      start.lastIndex = to
    } else {
      start.lastIndex = Math.max(end, start.lastIndex)
    }
  }
  if (plainFrom < text.length) parts.push({ kind: 'text', text: text.slice(plainFrom) })
  return parts
}

// What ends an address: space, quotes and angles, and the bidirectional controls with which it could be made to look like another.
const ENDS_RUN = /[\s\p{Cc}<>"`\u00ab\u00bb\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/u

function endOfRun(text: string, from: number): number {
  let at = from
  while (at < text.length && !ENDS_RUN.test(text.charAt(at))) at += 1
  return at
}

function continuesWord(text: string, from: number): boolean {
  return from > 0 && /[\p{L}\p{N}_]/u.test(text.charAt(from - 1))
}

const PUNCTUATION = new Set(".,;:!?'*_~…|。，、；：！？’”".split(''))
const OPENER_OF: Readonly<Record<string, string>> = {
  ')': '(',
  ']': '[',
  '}': '{',
  '）': '（',
  '」': '「',
  '』': '『',
  '》': '《',
  '】': '【',
}

/** Leaves off what belongs to the sentence: punctuation, and closing brackets that the address itself did not open. */
function withoutTrailing(text: string, from: number, end: number): number {
  const balance = new Map<string, number>()
  for (let at = from; at < end; at += 1) {
    const char = text.charAt(at)
    const opener = OPENER_OF[char] ?? char
    balance.set(opener, (balance.get(opener) ?? 0) + (char === opener ? 1 : -1))
  }
  let to = end
  while (to > from) {
    const char = text.charAt(to - 1)
    const opener = OPENER_OF[char]
    if (opener !== undefined && (balance.get(opener) ?? 0) < 0) balance.set(opener, (balance.get(opener) ?? 0) + 1)
    else if (!PUNCTUATION.has(char)) break
    to -= 1
  }
  return to
}

const SCHEMES = new Set(['http:', 'https:', 'mailto:'])

function hrefOf(text: string): string | undefined {
  const address = /^www\./iu.test(text) ? `https://${text}` : text
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if (!SCHEMES.has(url.protocol)) return undefined
  // `https://bank.example@evil.example` is read as the bank and leads elsewhere.
  if (url.username !== '' || url.password !== '') return undefined
  if (url.protocol === 'mailto:') return url.pathname.includes('@') ? url.href : undefined
  return url.hostname === '' || url.hostname === 'www.' ? undefined : url.href
}
