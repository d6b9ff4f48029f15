import { getOrMake } from '../core/get-or-make.ts'
import { onAbort } from '../core/on-abort.ts'
import { isEnded } from '../core/states.ts'
import type { Ended, Waiter } from '../core/store.ts'
import type { MemoryJob } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** Waits for jobs to end. Whoever ends one tells its waiters, see conclude.ts. */
export class Waiting {
  readonly #pending = new Map<(error: Error) => void, Waiter | undefined>()

  /** @param requeues an end counts only once the job has been requeued this often */
  waitFor(
    queue: MemoryQueue,
    id: string,
    signal?: AbortSignal,
    requeues = 0,
    waiter?: Waiter,
  ): Promise<Ended> {
    return new Promise((resolve, reject) => {
      if (waiter?.closed) return reject(waiter.closed)
      if (signal?.aborted) return reject(signal.reason)
      const job = queue.job(id)
      if (!job) return resolve({ status: 'gone' })
      if (isEnded(job.status) && job.requeues >= requeues)
        return resolve({ status: job.status, payload: payloadOf(job) })

      const waiters = getOrMake(queue.waiters, id, () => new Set())
      const leave = () => {
        waiters.delete(tell)
        this.#pending.delete(refuse)
        unlisten?.()
      }
      const tell = (ended: Ended) => {
        leave()
        resolve(ended)
      }
      const refuse = (error: Error) => {
        leave()
        reject(error)
      }
      waiters.add(tell)
      this.#pending.set(refuse, waiter)
      const unlisten = signal && onAbort(signal, () => refuse(signal.reason))
    })
  }

  dropClosed(): void {
    for (const [refuse, waiter] of [...this.#pending]) if (waiter?.closed) refuse(waiter.closed)
  }

  close(error: Error): void {
    this.dropClosed()
    for (const refuse of [...this.#pending.keys()]) refuse(error)
  }
}

function payloadOf(job: MemoryJob): string {
  if (job.status === 'finished') return job.result ?? ''
  return (job.status === 'canceled' ? job.reason : job.error) ?? ''
}
