/** A value that changes as a whole: a new reference for new content. No framework; every framework can follow it. */
export interface Observable<T> {
  readonly value: T
  /** Calls `listener` after each change, not at once. Answers how to stop. */
  subscribe(listener: () => void): () => void
}

/** Things that happen once and are not kept. */
export interface Emitter<T> {
  subscribe(listener: (value: T) => void): () => void
}

export class Variable<T> implements Observable<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of [...this.#listeners]) listener()
  }

  subscribe(listener: () => void): () => void {
    // Wrapped, so that the same function subscribed twice is two subscriptions.
    const own = () => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }
}

export class Notifier<T> implements Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>()

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value)
  }

  subscribe(listener: (value: T) => void): () => void {
    const own = (value: T) => listener(value)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }
}
