/** Which queues a user may see. */
export class Visibility {
  /** Undefined where all are. */
  readonly #names: ReadonlySet<string> | undefined

  constructor(names?: readonly string[]) {
    this.#names = names && new Set(names)
  }

  get isAll(): boolean {
    return this.#names === undefined
  }

  /** Those that are there and may be seen, where not all may. */
  get names(): readonly string[] {
    return [...(this.#names ?? [])]
  }

  sees(queue: string): boolean {
    return this.#names?.has(queue) ?? true
  }

  of<T extends { readonly queue: string }>(things: readonly T[]): readonly T[] {
    return this.#names === undefined ? things : things.filter(({ queue }) => this.sees(queue))
  }
}
