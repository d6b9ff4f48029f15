import { type Job, JobCanceledError, JobFailedError, type Queue } from '../../lib/index.ts'
import type { Random } from './random.ts'

/** How a job may end when nothing strikes it; the value, where it is known. */
export interface Expected {
  readonly status: 'finished' | 'failed'
  /** Of the result, or the name of the error. */
  readonly value?: unknown
}

/** How awaiting a job came out. */
export interface Outcome {
  readonly status: string
  readonly value: unknown
}

/** A job whose enqueue resolved, so that it must end. */
export interface Sent {
  readonly id: string
  readonly queue: string
  readonly kind: string
  readonly expected: Expected
  /** Somebody was told to cancel or stop it, or it may have been replaced. */
  mayCancel: boolean
  /** It waits for this one, and runs only if that finishes. */
  readonly parent?: Sent
  /** It ends, whatever becomes of the parent. */
  readonly allowsFailure?: boolean
  readonly group?: string
  /** Callbacks are to be told. */
  readonly tells?: boolean
  outcome?: Outcome
}

/** What producers have done. */
export class Book {
  readonly sent = new Map<string, Sent>()
  /** Id → how many jobs: those that were sealed, with no enqueue rejected. */
  readonly groups = new Map<string, number>()
  /** Those whose result is awaited and has not come. */
  readonly awaited = new Set<Sent>()
  /** Enqueues that were rejected because Redis was away: the job may be there or not. */
  uncertain = 0
  /** Refused as duplicates of a unique key, as they ask. */
  refused = 0
  readonly problems: string[] = []
  #n = 0

  /** An id that is new, of which half are left to the library. */
  ownId(kind: string, random: Random): { id?: string } {
    return random.chance(0.5) ? { id: `${kind}-${++this.#n}` } : {}
  }

  add(job: Job<unknown>, sent: Omit<Sent, 'id' | 'queue'>): Sent {
    const entry: Sent = { ...sent, id: job.id, queue: job.queue }
    const known = this.sent.get(refOf(entry))
    if (known) return known
    this.sent.set(refOf(entry), entry)
    return entry
  }

  /** Awaits its result, and notes how that came out. */
  follow(job: Job<unknown>, sent: Sent): void {
    this.awaited.add(sent)
    const heard = () => this.awaited.delete(sent)
    job.result.then(
      (value) => {
        heard()
        sent.outcome = { status: 'finished', value }
      },
      (error: Error) => {
        heard()
        if (error instanceof JobFailedError)
          sent.outcome = { status: 'failed', value: (error.cause as Error).name }
        else if (error instanceof JobCanceledError)
          sent.outcome = { status: error.status, value: error.message }
        else if (!this.closing) this.problems.push(`awaiting ${refOf(sent)} rejected with ${error}`)
      },
    )
  }

  /** Those who still wait hear that the queue is closed. */
  closing = false
}

export function refOf({ id, queue }: { readonly id: string; readonly queue: string }): string {
  return `${id}@${queue}`
}

export interface Place {
  readonly book: Book
  readonly random: Random
  /** Of these one is picked. */
  readonly queues: readonly Queue[]
  /** Jobs that take their process down go there. */
  readonly rough: Queue
  readonly where: { readonly connection: string; readonly prefix: string }
}
