const LONGEST_MS = 60_000

/** Whoever waits for a time, or until something happens. */
export class Sleepers {
  readonly #wakers = new Set<() => void>()

  wake(): void {
    for (const wake of this.#wakers) wake()
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#wakers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.min(ms, LONGEST_MS))
      this.#wakers.add(wake)
    })
  }
}
