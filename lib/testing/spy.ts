import { didYouMean } from '../core/did-you-mean.ts'
import { type Duration, LONGEST_TIMER_MS, toMs } from '../core/duration.ts'
import { InvalidArgumentError, TestingError } from '../core/errors.ts'
import { type JobStatus, STATES } from '../core/states.ts'
import type { Job } from '../queue/job.ts'
import type { LoggedJob } from './logged-job.ts'
import { sandbox } from './mode.ts'

const TIMEOUT = '4s'

/** Looks on at what becomes of jobs. */
export const spy = {
  /**
   * Resolves with the first job that `predicate` is true of and that is, or has been, in a state: also one that was there before the call.
   * @throws TestingError where the mode is off, and when `timeout` is over, 4 s by default
   */
  waitFor: (
    predicate: (job: Job) => boolean,
    state: JobStatus = 'finished',
    { timeout = TIMEOUT }: { readonly timeout?: Duration } = {},
  ): Promise<Job> => waitFor(predicate, state, timeout),
}

async function waitFor(predicate: (job: Job) => boolean, state: JobStatus, timeout: Duration): Promise<Job> {
  const here = sandbox('spy.waitFor()')
  if (!STATES.includes(state)) {
    throw new InvalidArgumentError(
      `state: expected one of ${STATES.join(', ')}, got ${JSON.stringify(state)}.${didYouMean(String(state), STATES)}`,
    )
  }
  const ms = toMs(timeout, 'timeout')
  const found = (logged: LoggedJob): Job | undefined => {
    if (!logged.seen.has(state)) return undefined
    const job = logged.toJob()
    return predicate(job) ? job : undefined
  }
  for (const logged of here.log) {
    const job = found(logged)
    if (job) return job
  }
  const { promise, resolve, reject } = withResolvers<Job>()
  const stop = here.onJob((logged) => {
    try {
      const job = found(logged)
      if (job) resolve(job)
    } catch (error) {
      reject(error)
    }
  })
  const timer = setTimeout(
    () => {
      const seen = here.log.map(({ func, id, status }) => `${func} (${id}) is ${status}`)
      const came = seen.length === 0 ? 'no job was enqueued' : seen.slice(0, 10).join(', ')
      reject(
        new TestingError(
          `spy.waitFor(): expected a job to be ${state} within ${ms / 1000} s, got none: ${came}; in the mode fake jobs run in drain()`,
        ),
      )
    },
    Math.min(ms, LONGEST_TIMER_MS),
  )
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    stop()
  }
}

/** Promise.withResolvers, which Node has from 22 on. */
function withResolvers<T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (reason: unknown) => void
} {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((...settle) => {
    ;[resolve, reject] = settle
  })
  return { promise, resolve, reject }
}
