const KEPT_MS = 1_000

interface Kept {
  readonly at: number
  readonly value: Promise<unknown>
}

/**
 * What was read from Redis within the last second, so that Redis does not pay for each open tab. Who asks while a read is under way
 * waits for that one. An action forgets it all: its user must see what it did.
 */
export class SharedReads {
  readonly #kept = new Map<string, Kept>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  get<T>(key: string, read: () => Promise<T>): Promise<T> {
    const now = this.#now()
    const kept = this.#kept.get(key)
    if (kept !== undefined && now - kept.at < KEPT_MS) return kept.value as Promise<T>
    for (const [each, { at }] of this.#kept) if (now - at >= KEPT_MS) this.#kept.delete(each)
    const value = read()
    this.#kept.set(key, { at: now, value })
    // What failed is asked anew.
    value.catch(() => {
      if (this.#kept.get(key)?.value === value) this.#kept.delete(key)
    })
    return value
  }

  forget(): void {
    this.#kept.clear()
  }
}
