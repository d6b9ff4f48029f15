/** Most jobs that one horse may hold. A power of two, so that tickets may wrap around 32 bits. */
export const CAPACITY = 4096

/**
 * Decides, for each job sent ahead, whether it begins or is withdrawn: whoever settles its ticket first has it.
 * The memory is shared between threads, so a withdrawal needs no help from a thread that a job may be blocking.
 *
 * A ticket is settled in the cell `ticket mod CAPACITY`, by writing the ticket there. The next ticket of that
 * cell is `CAPACITY` higher, so a cell that is ahead of a ticket has settled it long ago.
 */
export class Gate {
  readonly memory: SharedArrayBuffer
  readonly #cells: Int32Array

  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(CAPACITY * Int32Array.BYTES_PER_ELEMENT)
    this.#cells = new Int32Array(this.memory)
  }

  /** True for the first caller with this ticket, false for every later one. */
  settle(ticket: number): boolean {
    const cell = ticket & (CAPACITY - 1)
    const before = Atomics.load(this.#cells, cell)
    if (((before - ticket) | 0) >= 0) return false
    return Atomics.compareExchange(this.#cells, cell, before, ticket) === before
  }
}

/** Hands out tickets; a cell is used again only when its last ticket came back. */
export class Tickets {
  // From CAPACITY upwards: new memory holds zeros, which must be behind every ticket.
  readonly #free = Array.from({ length: CAPACITY }, (_, cell) => 2 * CAPACITY - 1 - cell)

  get left(): number {
    return this.#free.length
  }

  take(): number | undefined {
    return this.#free.pop()
  }

  giveBack(ticket: number): void {
    this.#free.push((ticket + CAPACITY) | 0)
  }
}
