import { RefusalError } from '@parley/client'
import type { CommandOutput } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { command } from './ask.ts'
import { troubleWords } from './trouble-words.ts'

/** By what I can sign in. */
export type OwnAccount = CommandOutput<'describe-account'>

/** Asked when shown, and again by `reload` after a change. `key`: what it depends on. */
export function useOwnAccount(key: unknown): {
  readonly account: OwnAccount | undefined
  readonly problem: string | undefined
  reload(): Promise<void>
} {
  const [account, setAccount] = useState<OwnAccount>()
  const [problem, setProblem] = useState<string>()
  const reload = async (): Promise<void> => {
    try {
      setAccount(await command('describe-account', {}))
      setProblem(undefined)
    } catch (error) {
      setProblem(troubleWords(error))
    }
  }
  useEffect(() => void reload(), [key])
  return { account, problem, reload }
}

/** The session alone is not enough for this: see `ConfirmIdentity`. */
export const needsProof = (error: unknown): boolean => error instanceof RefusalError && error.code === 'proof-needed'
