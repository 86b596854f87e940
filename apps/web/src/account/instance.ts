import { RefusalError, UnreachableError } from '@parley/client'
import type { Settings } from '@parley/protocol'
import { type ReadonlySignal, signal } from '@preact/signals'
import { ask } from './ask.ts'

export interface Provider {
  readonly id: string
  readonly label: string
  readonly isReady: boolean
}

/** What a server tells everybody about its doors. */
export interface Instance extends Settings {
  readonly providers: readonly Provider[]
  /** Nobody owns this server yet. */
  readonly needsOwner: boolean
}

/** Until the server has said otherwise every door is taken to be open: it refuses in words whom it does not let in. */
const UNKNOWN: Instance = { guests: true, signUp: 'open', emailDomains: [], providers: [], needsOwner: false }

const current = signal<Instance>(UNKNOWN)
export const instance: ReadonlySignal<Instance> = current

export async function loadInstance(): Promise<void> {
  try {
    // as: what this route answers
    current.value = { ...UNKNOWN, ...((await ask('GET', '/api/instance')) as Partial<Instance>) }
  } catch (error) {
    if (!(error instanceof RefusalError || error instanceof UnreachableError)) throw error
  }
}
