const FAILURES = 10
const WINDOW_MS = 60_000
/** As many addresses are remembered; the oldest is forgotten first. */
const ADDRESSES = 10_000

interface Attempts {
  count: number
  since: number
}

/** Counts failed sign-ins by address: ten a minute, then it has to wait the minute out. */
export class Throttle {
  readonly #attempts = new Map<string, Attempts>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** For how many ms nothing more is checked for this address. */
  waitFor(address: string): number {
    const attempts = this.#current(address)
    if (attempts === undefined || attempts.count < FAILURES) return 0
    return attempts.since + WINDOW_MS - this.#now()
  }

  failed(address: string): void {
    const attempts = this.#current(address) ?? { count: 0, since: this.#now() }
    attempts.count++
    this.#attempts.delete(address)
    this.#attempts.set(address, attempts)
    if (this.#attempts.size <= ADDRESSES) return
    for (const oldest of this.#attempts.keys()) {
      this.#attempts.delete(oldest)
      break
    }
  }

  succeeded(address: string): void {
    this.#attempts.delete(address)
  }

  #current(address: string): Attempts | undefined {
    const attempts = this.#attempts.get(address)
    if (attempts === undefined || this.#now() - attempts.since < WINDOW_MS) return attempts
    this.#attempts.delete(address)
    return undefined
  }
}
