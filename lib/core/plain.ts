/** Deeper data is refused: recursion over it, here and in whatever reads it later, must not exhaust the stack. */
export const MAX_DEPTH = 200

/** A short list is searched more quickly than a Set is filled. */
const SHORT = 12

/**
 * True where JSON alone brings a value back as it was: nothing but plain objects, arrays and JSON's own primitives,
 * and no object met twice. Stops at the first sight of anything else.
 */
export function isPlain(value: unknown): boolean {
  return isPlainWithin(value, new Met(), 0)
}

function isPlainWithin(value: unknown, met: Met, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  if (typeof value !== 'object' || depth === MAX_DEPTH || met.again(value)) return false
  if (Array.isArray(value)) {
    if (Object.getPrototypeOf(value) !== Array.prototype) return false
    for (let i = 0; i < value.length; i++) {
      if (!isPlainWithin(value[i], met, depth + 1)) return false
    }
    return true
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  for (const key in value) {
    if (key === '__proto__' || !isPlainWithin((value as any)[key], met, depth + 1)) return false
  }
  return true
}

class Met {
  #few: object[] = []
  #many: Set<object> | undefined

  again(object: object): boolean {
    if (this.#many !== undefined) {
      const before = this.#many.size
      return this.#many.add(object).size === before
    }
    if (this.#few.includes(object)) return true
    if (this.#few.push(object) > SHORT) this.#many = new Set(this.#few)
    return false
  }
}
