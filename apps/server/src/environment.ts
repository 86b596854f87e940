import { readFileSync } from 'node:fs'

export type Environment = Readonly<Record<string, string | undefined>>
/** Takes one sentence about what is wrong and what is allowed. */
export type Complain = (problem: string) => void

/** An empty variable counts as unset: compose files write `PARLEY_URL=` for "none". */
export function given(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim()
  return value === '' ? undefined : value
}

export function readSecretFile(name: string, path: string, complain: Complain): string {
  try {
    const text = readFileSync(path, 'utf8').trim()
    if (text === '') complain(`${name}: ${path} is empty`)
    return text
  } catch (error) {
    complain(`${name}: ${path} cannot be read (${error instanceof Error ? error.message : String(error)})`)
    return ''
  }
}
