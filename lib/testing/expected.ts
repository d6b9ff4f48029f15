import { checkKnown } from '../core/did-you-mean.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { formatFunctionName, parseFunctionName } from '../core/function-name.ts'
import { checkOptions, type JobOptions } from '../core/options.ts'
import { type JobStatus, STATES } from '../core/states.ts'
import { functionName } from '../queue/call.ts'
import type { Queue } from '../queue/queue.ts'
import type { Runnable } from '../queue/task-types.ts'
import type { LoggedJob } from './logged-job.ts'
import { type Difference, differences } from './match.ts'
import { queueNameOf, type Sandbox } from './sandbox.ts'

/** What is expected of a job. What is left out may be anything. */
export interface Expected {
  /** The arguments, one by one; of plain objects only the properties that stand here. `expect.any()` and its like can stand anywhere. */
  readonly args?: readonly unknown[]
  readonly queue?: string | Queue
  /** How long after its enqueue it is due, give or take `delta`, 1 s by default. */
  readonly in?: Duration | { readonly seconds: number; readonly delta?: number }
  /** When it is due, give or take a second. */
  readonly at?: Date | number
  /** Tags that it has, perhaps among others. */
  readonly tags?: readonly string[]
  /** Options that it was enqueued with, perhaps among others. */
  readonly options?: Omit<JobOptions, 'at' | 'in' | 'tags'>
  /** Its state by now. @default any: also jobs that have run are counted */
  readonly status?: JobStatus
  /** How many such jobs there are. @default at least one */
  readonly count?: number
}

/** A job, and where it is not as expected. */
export interface Compared {
  readonly job: LoggedJob
  readonly differences: readonly Difference[]
}

const NAMES = ['args', 'queue', 'in', 'at', 'tags', 'options', 'status', 'count']
const DELTA_MS = 1_000

/** An expectation that was checked, to compare jobs with. */
export class Wanted {
  readonly func: string | undefined
  readonly count: number | undefined
  readonly queue: string | undefined
  readonly #expected: Expected
  readonly #dueIn: { readonly ms: number; readonly delta: number } | undefined
  readonly #options: object | undefined

  private constructor(func: string | undefined, expected: Expected) {
    const { queue, count, status, options } = expected
    this.func = func
    this.queue = queue === undefined ? undefined : queueNameOf(queue)
    if (count !== undefined && (!Number.isInteger(count) || count < 0))
      throw new InvalidArgumentError(`count: expected a whole number, got ${String(count)}`)
    if (status !== undefined && !STATES.includes(status)) {
      throw new InvalidArgumentError(
        `status: expected one of ${STATES.join(', ')}, got ${JSON.stringify(status)}`,
      )
    }
    this.count = count
    this.#expected = expected
    this.#dueIn = toDueIn(expected.in)
    this.#options = options && checkOptions(options)
  }

  /** @throws InvalidArgumentError, UnnamableFunctionError */
  static async of(func: Runnable | undefined, expected: Expected): Promise<Wanted> {
    checkKnown(expected, NAMES)
    const { args } = expected
    if (args !== undefined && !Array.isArray(args))
      throw new InvalidArgumentError(`args: expected a list of arguments, got ${typeof args}`)
    return new Wanted(func === undefined ? undefined : plainName(await functionName(func)), expected)
  }

  /** Only jobs of this function are compared: those of another one are no near miss. */
  compare({ log, jobOf }: Sandbox): Compared[] {
    const mine = log.filter(({ func }) => this.func === undefined || plainName(func) === this.func)
    return mine.map((job) => ({ job, differences: this.#differences(job, jobOf) }))
  }

  #differences(job: LoggedJob, jobOf: Sandbox['jobOf']): Difference[] {
    const { args, at, tags, status } = this.#expected
    const found: Difference[] = []
    if (this.queue !== undefined) found.push(...differences(this.queue, job.queue, 'queue'))
    if (args !== undefined) found.push(...differences(args, job.args(jobOf), 'args'))
    if (this.#dueIn !== undefined) {
      const { ms, delta } = this.#dueIn
      const actual = job.dueAt === undefined ? undefined : job.dueAt - job.createdAt
      if (actual === undefined || Math.abs(actual - ms) > delta)
        found.push({ path: 'in', expected: `${ms / 1000} s`, actual: actual && `${actual / 1000} s` })
    }
    if (at !== undefined && !(Math.abs((job.dueAt ?? Number.NaN) - Number(at)) <= DELTA_MS)) {
      const actual = job.dueAt === undefined ? undefined : new Date(job.dueAt)
      found.push({ path: 'at', expected: new Date(at), actual })
    }
    const missing = tags?.filter((tag) => !job.tags.includes(tag)) ?? []
    if (missing.length > 0) found.push({ path: 'tags', expected: tags, actual: job.tags })
    if (this.#options !== undefined) found.push(...differences(this.#options, job.options, 'options'))
    if (status !== undefined && job.status !== status)
      found.push({ path: 'status', expected: status, actual: job.status })
    return found
  }

  /** What is expected, as far as it was said, for a comparison that a test runner shows. */
  shown(): object {
    const { count: _, queue: __, ...rest } = this.#expected
    return {
      ...(this.func !== undefined && { func: this.func }),
      ...(this.queue !== undefined && { queue: this.queue }),
      ...rest,
    }
  }
}

/** Without an extension, as functions that are given by reference are called. */
function plainName(name: string): string {
  return formatFunctionName(parseFunctionName(name))
}

function toDueIn(given: Expected['in']): { ms: number; delta: number } | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'object') return { ms: toMs(given, 'in'), delta: DELTA_MS }
  checkKnown(given, ['seconds', 'delta'], 'in')
  const { seconds, delta } = given
  return {
    ms: toMs(seconds, 'in.seconds'),
    delta: delta === undefined ? DELTA_MS : toMs(delta, 'in.delta'),
  }
}
