import { randomUUID } from 'node:crypto'
import type { BulkProgress } from '../data/index.ts'

/** As many are remembered; the oldest that is over is forgotten first. */
const KEPT = 100

/** A bulk action under way, one part after the other. */
export interface Operation {
  readonly id: string
  /** What it is called by, and who began it: nobody else may look. */
  readonly name: string
  readonly owner: string
  readonly subject: string
  readonly startedAt: number
  state: 'running' | 'stopping' | 'stopped' | 'done' | 'failed'
  progress: BulkProgress
  /** Of the first jobs that were not changed. */
  readonly skipped: { readonly ref: string; readonly why: string }[]
  skippedCount: number
  error?: unknown
}

type Part = (cursor: string | undefined) => Promise<BulkProgress>

/**
 * The bulk actions of this process. Each part is whole in itself and says where to go on, so that one can be stopped between two
 * parts and go on later; when the process ends, what was not reached is unchanged.
 */
export class Operations {
  readonly #all = new Map<string, Operation>()
  readonly #parts = new Map<string, Part>()
  readonly #running = new Map<string, Promise<void>>()

  /** @param part does one, from the cursor that the last one gave */
  begin(name: string, owner: string, subject: string, part: Part): Operation {
    const operation: Operation = {
      id: randomUUID(),
      name,
      owner,
      subject,
      startedAt: Date.now(),
      state: 'running',
      progress: { next: null, done: 0, changed: 0, total: 0, skipped: [], skippedCount: 0 },
      skipped: [],
      skippedCount: 0,
    }
    this.#all.set(operation.id, operation)
    this.#parts.set(operation.id, part)
    this.#forgetOld()
    this.#run(operation, part, undefined)
    return operation
  }

  find(id: string, owner: string): Operation | undefined {
    const operation = this.#all.get(id)
    return operation?.owner === owner ? operation : undefined
  }

  /** After the part that is under way. */
  stop(operation: Operation): void {
    if (operation.state === 'running') operation.state = 'stopping'
  }

  resume(operation: Operation): void {
    const part = this.#parts.get(operation.id)
    if (part === undefined || (operation.state !== 'stopped' && operation.state !== 'failed')) return
    operation.state = 'running'
    delete operation.error
    this.#run(operation, part, operation.progress.next ?? undefined)
  }

  /** Resolves when it has ended, or after some time: most are over before their page would be drawn. */
  async settled({ id }: Operation, withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs)
    })
    await Promise.race([this.#running.get(id), late])
    clearTimeout(timer)
  }

  async close(): Promise<void> {
    for (const operation of this.#all.values()) this.stop(operation)
    await Promise.all(this.#running.values())
  }

  #run(operation: Operation, part: Part, from: string | undefined): void {
    const run = this.#go(operation, part, from)
    this.#running.set(operation.id, run)
    void run.then(() => this.#running.delete(operation.id))
  }

  async #go(operation: Operation, part: Part, from: string | undefined): Promise<void> {
    let cursor = from
    try {
      do {
        const progress = await part(cursor)
        operation.progress = progress
        operation.skippedCount += progress.skippedCount
        operation.skipped.push(...progress.skipped.slice(0, Math.max(0, 20 - operation.skipped.length)))
        cursor = progress.next ?? undefined
      } while (cursor !== undefined && operation.state === 'running')
      operation.state = cursor === undefined ? 'done' : 'stopped'
    } catch (error) {
      operation.state = 'failed'
      operation.error = error
    }
  }

  #forgetOld(): void {
    for (const [id, { state }] of this.#all) {
      if (this.#all.size <= KEPT) return
      if (state === 'running' || state === 'stopping') continue
      this.#all.delete(id)
      this.#parts.delete(id)
    }
  }
}
