import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError, TestingError } from '../core/errors.ts'
import { checkQueueName } from '../core/names.ts'
import { toRef } from '../core/record.ts'
import { describeError } from '../core/remote-error.ts'
import type { Job } from '../queue/job.ts'
import { reviveStored } from '../queue/stored-error.ts'
import type { Ran } from '../queue/sync.ts'
import { sandbox } from './mode.ts'
import { queuesIn, type Sandbox, type Space } from './sandbox.ts'

/** Which jobs `drain` runs, and how many. */
export interface DrainOptions {
  /** Only these queues, the first one's jobs first. @default all, by their names */
  readonly queue?: string | readonly string[]
  /**
   * `until-empty` runs jobs until none waits, those too that come while it runs: dependents, callbacks, retries that are due, what jobs
   * enqueue. `once` runs each job that waits now a single time. @default 'until-empty'
   */
  readonly with?: 'until-empty' | 'once'
  /**
   * `false` rejects with what the first job that fails has thrown, also where a retry follows: the job is recorded as ever, and the
   * others still wait. @default true
   */
  readonly withSafety?: boolean
  /** How many runs there may be before a TestingError takes it for an endless repetition. @default 1000 */
  readonly limit?: number
}

/** How many runs ended how; `canceled` counts jobs. */
export interface Drained {
  readonly success: number
  readonly failed: number
  readonly retried: number
  readonly canceled: number
}

const OPTIONS = ['queue', 'with', 'withSafety', 'limit']
const WAYS = ['until-empty', 'once']
const LIMIT = 1_000

const COUNTED_AS: Partial<Record<Ran['kind'], keyof Drained>> = {
  finished: 'success',
  repeat: 'success',
  failed: 'failed',
  retry: 'retried',
  retryAsked: 'retried',
}

/**
 * Runs jobs that wait, one at a time, as a worker would: same loading, context, timeouts, retries and dependents. What is due later waits
 * for `clock.advance()`. Does not reject because a job fails, unless it is told to.
 * @throws TestingError where the mode is off, and beyond `limit`
 */
export async function drain(options: DrainOptions = {}): Promise<Drained> {
  const here = sandbox('drain()')
  const { queue, with: way = 'until-empty', withSafety = true, limit = LIMIT } = checked(options)
  const before = here.canceled
  const counts = { success: 0, failed: 0, retried: 0, canceled: 0 }
  let runs = 0
  const runAll = way === 'once' ? runEachOnce : runUntilEmpty
  for await (const { space, ran } of runAll(here, queue)) {
    const counted = COUNTED_AS[ran.kind]
    if (counted !== undefined) counts[counted]++
    if (!withSafety && (ran.kind === 'failed' || ran.kind === 'retry')) throw errorOf(space, ran)
    if (++runs === limit) await refuseMore(here, queue, way, limit)
  }
  return { ...counts, canceled: here.canceled - before }
}

/**
 * Runs the job that is first in its queue, once. Resolves with it as it is then, or with null where none waits.
 * @throws TestingError where the mode is off
 */
export async function runOne({ queue }: Pick<DrainOptions, 'queue'> = {}): Promise<Job | null> {
  const here = sandbox('runOne()')
  const ran = await runNext(here, queue)
  return ran ? here.jobOf(toRef(ran.ran.id, ran.ran.queue))!.toJob() : null
}

interface RanIn {
  readonly space: Space
  readonly ran: Ran
}

/** What a job threw, itself, where that is what is recorded: not of one that was over its time, or asked too often. */
function errorOf({ thrown }: Space, { id, payload }: Ran): unknown {
  const recorded = reviveStored(payload)
  const isRecorded = thrown?.id === id && describeError(thrown.error).message === recorded.message
  return isRecorded ? thrown.error : recorded
}

async function* runUntilEmpty(here: Sandbox, queue: DrainOptions['queue']): AsyncGenerator<RanIn> {
  for (let ran = await runNext(here, queue); ran; ran = await runNext(here, queue)) yield ran
}

/** The queues in their order before each job, as strict workers look at them. */
async function runNext(here: Sandbox, queue: DrainOptions['queue']): Promise<RanIn | undefined> {
  for (const { space, name } of await queuesIn(here, queue)) {
    const ran = await space.sync.runNext(name)
    if (ran) return { space, ran }
  }
  return undefined
}

async function* runEachOnce(here: Sandbox, queue: DrainOptions['queue']): AsyncGenerator<RanIn> {
  const waiting = await Promise.all(
    (await queuesIn(here, queue)).map(async ({ space, name }) => {
      const ids = await space.store.list(name, 'queued', { limit: Number.POSITIVE_INFINITY })
      return ids.map((id) => ({ space, name, id }))
    }),
  )
  for (const { space, name, id } of waiting.flat()) {
    // What ran before it may have paused its queue, or canceled it.
    if (Object.keys(await space.store.pauses(name)).length > 0) continue
    if ((await space.store.position(name, id)) === null) continue
    const ran = await space.sync.runOnceById(name, id)
    if (ran) yield { space, ran }
  }
}

async function refuseMore(
  here: Sandbox,
  queue: DrainOptions['queue'],
  way: string,
  limit: number,
): Promise<void> {
  for (const { space, name } of way === 'once' ? [] : await queuesIn(here, queue)) {
    const [id] = await space.store.list(name, 'queued', { limit: 1 })
    if (id === undefined) continue
    const { func } = here.jobOf(toRef(id, name))!
    throw new TestingError(
      `drain(): expected at most ${limit} runs, got as many, and jobs still wait, ${func} (${id}) first; a job that enqueues itself never ends: use { with: 'once' }, or raise limit`,
    )
  }
}

function checked(options: DrainOptions): DrainOptions {
  checkKnown(options, OPTIONS)
  const { queue, with: way, withSafety, limit } = options
  if (queue !== undefined) for (const name of [queue].flat()) checkQueueName(name)
  if (way !== undefined && !WAYS.includes(way)) {
    throw new InvalidArgumentError(`with: expected ${WAYS.join(' or ')}, got ${JSON.stringify(way)}`)
  }
  if (withSafety !== undefined && typeof withSafety !== 'boolean') {
    throw new InvalidArgumentError(`withSafety: expected true or false, got ${JSON.stringify(withSafety)}`)
  }
  if (limit !== undefined && (!Number.isInteger(limit) || limit < 1)) {
    throw new InvalidArgumentError(`limit: expected a whole number of at least 1, got ${String(limit)}`)
  }
  return options
}
