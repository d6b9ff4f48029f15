interface Entry {
  readonly id: string
  readonly score: number
}

/** Ids in the order of their scores, those of equal scores by their own: what Redis calls a sorted set. */
export class SortedSet {
  readonly #byId = new Map<string, Entry>()
  readonly #sorted: Entry[] = []

  get size(): number {
    return this.#sorted.length
  }

  get first(): Entry | undefined {
    return this.#sorted[0]
  }

  add(id: string, score: number): void {
    this.delete(id)
    const entry = { id, score }
    this.#byId.set(id, entry)
    this.#sorted.splice(this.#indexOf(entry), 0, entry)
  }

  delete(id: string): boolean {
    const entry = this.#byId.get(id)
    if (!entry) return false
    this.#byId.delete(id)
    this.#sorted.splice(this.#indexOf(entry), 1)
    return true
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  scoreOf(id: string): number | undefined {
    return this.#byId.get(id)?.score
  }

  rankOf(id: string): number | null {
    const entry = this.#byId.get(id)
    return entry ? this.#indexOf(entry) : null
  }

  /** The lowest score that is not under `from`. */
  lowestFrom(from: number): number | undefined {
    return this.#sorted[this.#indexOf({ id: '', score: from })]?.score
  }

  popFirst(count: number): Entry[] {
    const popped = this.#sorted.splice(0, count)
    for (const { id } of popped) this.#byId.delete(id)
    return popped
  }

  /** Both ends included. */
  between(from: number, to: number): readonly Entry[] {
    return this.#sorted.filter(({ score }) => score >= from && score <= to)
  }

  upTo(score: number): string[] {
    const ids: string[] = []
    for (const entry of this.#sorted) {
      if (entry.score > score) break
      ids.push(entry.id)
    }
    return ids
  }

  ids(offset = 0, limit = this.size): string[] {
    return this.#sorted.slice(offset, offset + limit).map(({ id }) => id)
  }

  /** Where an entry stands, or would stand. */
  #indexOf(entry: Entry): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(this.#sorted[middle]!, entry)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.score === b.score ? a.id < b.id : a.score < b.score
}
