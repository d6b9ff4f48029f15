/** So many entries may come before the first copy, and twice as many as there are before each that follows. */
const FEW = 256

/**
 * A Map for entries that come and go all the time, such as the jobs that are under way. When V8 moves the entries of a Map to another
 * table, the one left behind goes on pointing to its successor, for iterators. Once one of them has come to the old generation,
 * every later one is kept alive by it until a full collection, together with all that each held when it was left:
 * of short jobs nearly everything then survives, and a third of a worker's time went into collections. A new Map now and
 * then has no predecessor.
 */
export class TransientMap<K, V> {
  #map = new Map<K, V>()
  #added = 0

  get size(): number {
    return this.#map.size
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  has(key: K): boolean {
    return this.#map.has(key)
  }

  /** What iterates over it meanwhile may not see this, nor what follows. */
  set(key: K, value: V): void {
    if (++this.#added > FEW + 2 * this.#map.size) {
      this.#added = 0
      this.#map = new Map(this.#map)
    }
    this.#map.set(key, value)
  }

  delete(key: K): boolean {
    return this.#map.delete(key)
  }

  clear(): void {
    this.#map.clear()
  }

  keys(): MapIterator<K> {
    return this.#map.keys()
  }

  values(): MapIterator<V> {
    return this.#map.values()
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#map[Symbol.iterator]()
  }
}
