/** The time of a test: that of this computer, until it is set; from then on it stands still. */
export class Clock {
  #time: number | undefined

  readonly now = (): number => this.#time ?? Date.now()

  set(time: number): void {
    this.#time = time
  }

  reset(): void {
    this.#time = undefined
  }
}
