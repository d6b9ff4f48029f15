import { EnqueueVetoedError } from '../core/errors.ts'
import type { JobHeaders } from '../core/headers.ts'
import { type Middleware, nest } from '../core/middleware.ts'
import { sharedList } from '../core/shared-list.ts'
import { type Call, functionName } from './call.ts'
import type { Job } from './job.ts'
import type { EnqueueOptions } from './queue-options.ts'
import { unfold } from './runnable.ts'

/** A call on its way into a queue, as middleware and hooks see it. What is changed here is what is enqueued. */
export interface OutgoingJob {
  readonly queue: string
  /** `path#export`. */
  readonly func: string
  args: readonly unknown[]
  /** Those of this call; the queue's defaults hold beside them. */
  options: Omit<EnqueueOptions, 'headers'>
  /** Empty, or what the call or the queue gave. */
  readonly headers: Record<string, string>
  /** Of a call among others of one `enqueueMany`: the same object for all of them. */
  readonly batch: { readonly size: number } | undefined
}

/**
 * Wraps each enqueue, in the process that enqueues. `next` enqueues the job and resolves with it once it is stored; of a batch, all
 * calls are enqueued together when the last of them has called `next`. Without a call of it the enqueue rejects with EnqueueVetoedError.
 */
export type ClientMiddleware = (job: OutgoingJob, next: () => Promise<Job>) => unknown

/** The first is the outermost. */
export const clientMiddleware = sharedList<ClientMiddleware>('clientMiddleware')

/** A call on its way, with what its function itself wants to do about it. */
export interface Outgoing {
  readonly job: OutgoingJob
  readonly own: ClientMiddleware | undefined
  readonly hearsFailure: boolean
}

/** @param defaults the headers that hold where the call has none of its own */
export async function toOutgoing(
  given: Call,
  queue: string,
  defaults: { readonly headers?: JobHeaders | undefined },
  batch?: OutgoingJob['batch'],
): Promise<Outgoing> {
  const { call, own, hearsFailure } = await unfold(given)
  const { headers = defaults.headers, ...options } = call.options
  const func = await functionName(call.func)
  const job = { queue, func, args: call.args, options, headers: { ...headers }, batch }
  return { job, own, hearsFailure }
}

export function toCall({ job, hearsFailure }: Outgoing): Call {
  const { func, args, options, headers } = job
  return { func, args, options: { ...options, headers }, hearsFailure }
}

/**
 * Sends calls inside of their middleware, all in one go when each has come through: one that is vetoed keeps the others back too.
 * @throws EnqueueVetoedError, or what a middleware throws
 */
export async function sendThrough(
  calls: readonly Outgoing[],
  send: () => Promise<readonly Job[]>,
): Promise<Job[]> {
  if (calls.length === 0) return [...(await send())]
  let isSent: (jobs: Promise<readonly Job[]>) => void = () => {}
  let isKept: (reason: unknown) => void = () => {}
  const sent = new Promise<readonly Job[]>((resolve, reject) => {
    isSent = resolve
    isKept = reject
  })
  // Each call hears of it by itself.
  sent.catch(() => {})
  let arrived = 0
  const runs = calls.map(async ({ job, own }, i) => {
    let hasCome = false
    const arrive = async () => {
      hasCome = true
      arrived++
      if (arrived === calls.length) isSent(send())
      return (await sent)[i]!
    }
    const veto = (by: Middleware<OutgoingJob, Job>) => {
      throw vetoed(job, by.name)
    }
    try {
      await nest(own ? [...clientMiddleware, own] : clientMiddleware, job, arrive, veto)
      // An outer one caught the veto, or the error, of an inner one.
      if (!hasCome) throw vetoed(job, '')
    } catch (error) {
      isKept(error)
      throw error
    }
  })
  // The others may still be at it: whoever enqueues hears of the end when all of them have come to theirs.
  const ends = await Promise.allSettled(runs)
  const jobs = await sent
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return [...jobs]
}

export function vetoed({ queue, func }: OutgoingJob, by: string): EnqueueVetoedError {
  const who = by === '' ? 'a client middleware' : `the client middleware ${by}`
  return new EnqueueVetoedError(
    `${who} kept ${func} from being enqueued to queue ${queue}: it did not call next()`,
    queue,
    func,
  )
}
