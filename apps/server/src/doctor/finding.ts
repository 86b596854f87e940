export type State = 'ok' | 'warning' | 'failing'

/** One line of what the doctor says. */
export interface Finding {
  /** What was looked at, as in `log` or `database settings`. */
  readonly about: string
  readonly state: State
  /** What is so; where something is wrong, the thing is named. */
  readonly says: string
  /** What to do about it, in a sentence. */
  readonly remedy?: string
  /** Everything of this kind that was found, the named ones too; at most `MOST_NAMED`. */
  readonly named?: readonly string[]
}

const SHOWN = 3
const MOST_NAMED = 100

export const ok = (about: string, says: string): Finding => ({ about, state: 'ok', says })
export const warning = (about: string, says: string, remedy: string): Finding => ({
  about,
  state: 'warning',
  says,
  remedy,
})
export const failing = (about: string, says: string, remedy: string): Finding => ({
  about,
  state: 'failing',
  says,
  remedy,
})

/** One kind of thing that can be wrong: counts each, names the first ones, and becomes one finding. */
export class Trouble {
  readonly #kind: Pick<Finding, 'about'> & { readonly says: string; readonly remedy: string; readonly state: State }
  readonly #named: string[] = []
  #count = 0

  /** `says`: what is wrong, to be followed by the things, as in "A log has holes". */
  constructor(kind: { about: string; says: string; remedy: string; state?: 'warning' | 'failing' }) {
    this.#kind = { state: 'failing', ...kind }
  }

  note(thing: string): void {
    this.#count += 1
    if (this.#named.length < MOST_NAMED) this.#named.push(thing)
  }

  /** Nothing when nothing was noted. */
  findings(): Finding[] {
    if (this.#count === 0) return []
    const shown = this.#named.slice(0, SHOWN).join('; ')
    const more = this.#count > SHOWN ? `; and ${this.#count - SHOWN} more` : ''
    return [{ ...this.#kind, says: `${this.#kind.says}: ${shown}${more}`, named: this.#named }]
  }
}

/** The findings of several kinds; where none is wrong, that all is well. */
export function allOr(well: Finding, troubles: readonly Trouble[]): Finding[] {
  const found = troubles.flatMap((trouble) => trouble.findings())
  return found.length > 0 ? found : [well]
}
