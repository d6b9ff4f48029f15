import { InvalidArgumentError } from '../core/errors.ts'
import { parseQueuePattern, type QueuePattern } from '../core/queue-pattern.ts'

/**
 * The queues of a worker, in their order. Globs, as in `critical`, `*`, `!low`, stand for the queues there are, by the alphabet, without
 * those named before them: who looks asks `names` anew, for they come and go.
 */
export class QueueSet {
  readonly #patterns: readonly QueuePattern[]
  readonly #weights = new Map<string, number>()
  #names: readonly string[] = []

  /** @throws InvalidArgumentError for a name that cannot be one, or a list that names no queue */
  constructor(given: string | readonly string[]) {
    const patterns = [given].flat().map(parseQueuePattern)
    if (patterns.every(({ not }) => not)) {
      const got = patterns.length === 0 ? 'an empty list' : `only ${[given].flat().join(', ')}`
      throw new InvalidArgumentError(`queues: expected at least one queue name, got ${got}`)
    }
    this.#patterns = patterns
    this.refresh([])
  }

  get names(): readonly string[] {
    return this.#names
  }

  /** What was asked for, in words. */
  get wanted(): readonly string[] {
    return [...new Set(this.#patterns.map(({ text, not }) => (not ? `!${text}` : text)))]
  }

  /** Whether queues come and go. */
  get isLive(): boolean {
    return this.#patterns.some(({ not, glob }) => !not && glob !== undefined)
  }

  /** Those that were named one by one. */
  get named(): readonly string[] {
    return this.#patterns.filter(({ glob }) => glob === undefined).map(({ text }) => text)
  }

  get hasWeights(): boolean {
    return this.#patterns.some(({ weight }) => weight !== undefined)
  }

  weightOf(name: string): number {
    return this.#weights.get(name) ?? 1
  }

  /**
   * Brings the names in line with the queues there are; one that is gone stays while it is in use.
   * @returns those that have gone, or undefined where nothing has changed
   */
  refresh(known: readonly string[], isUsed: (queue: string) => boolean = () => false): string[] | undefined {
    const before = this.#names
    const there = [...new Set([...known, ...before.filter(isUsed)])].sort()
    const isExcluded = (name: string) => this.#patterns.some(({ not, glob }) => not && glob!.test(name))
    this.#weights.clear()
    for (const { text, not, glob, weight = 1 } of this.#patterns) {
      if (not) continue
      for (const name of glob ? there.filter((each) => glob.test(each) && !isExcluded(each)) : [text])
        if (!this.#weights.has(name)) this.#weights.set(name, weight)
    }
    this.#names = [...this.#weights.keys()]
    const isSame = before.length === this.#names.length && before.every((name, i) => name === this.#names[i])
    return isSame ? undefined : before.filter((name) => !this.#weights.has(name))
  }
}
