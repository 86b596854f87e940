import { isAbsolute, resolve } from 'node:path'
import { nearest } from '../../server/src/nearest.ts'

/** What was said cannot be understood; the message says which word and what was probably meant. */
export class WrongWords extends Error {}

export interface Grammar {
  /** Options without a value, such as `force`. */
  readonly flags?: readonly string[]
  /** Options with a value, which may be said several times. */
  readonly values?: readonly string[]
  /** How many words besides options, at least and at most, and what they are called. */
  readonly others: { readonly least: number; readonly most: number; readonly called: string }
}

export interface Words {
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, readonly string[]>
  readonly others: readonly string[]
}

/** `--name value`, `--name=value`, `--flag` and plain words, in any order. Errors: `WrongWords`. */
export function readWords(words: readonly string[], grammar: Grammar): Words {
  const { flags = [], values = [], others: wanted } = grammar
  const others: string[] = []
  const found = { flags: new Set<string>(), values: new Map<string, string[]>(), others }
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (!word.startsWith('--')) {
      found.others.push(word)
      continue
    }
    const [name = '', ...rest] = word.slice(2).split('=')
    if (flags.includes(name) && rest.length === 0) found.flags.add(name)
    else if (values.includes(name)) {
      const value = rest.length > 0 ? rest.join('=') : words[++index]
      if (value === undefined || value === '') throw new WrongWords(`--${name} needs a value`)
      found.values.set(name, [...(found.values.get(name) ?? []), value])
    } else throw new WrongWords(unknown(word, [...flags, ...values]))
  }
  if (found.others.length < wanted.least) throw new WrongWords(`${wanted.called} is missing`)
  const [surplus] = found.others.slice(wanted.most)
  if (surplus !== undefined) throw new WrongWords(`"${surplus}" is one word too many`)
  return found
}

function unknown(word: string, known: readonly string[]): string {
  const near = nearest(
    word,
    known.map((name) => `--${name}`),
  )
  return `${word} is not an option${near === undefined ? '' : `; did you mean ${near}?`}`
}

/** A path as the person meant it: npm runs scripts in the repository's folder and tells where it was called. */
export function pathOf(word: string): string {
  return isAbsolute(word) ? word : resolve(process.env.INIT_CWD ?? process.cwd(), word)
}
