import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError, TestingError } from '../core/errors.ts'
import { CronFiring, type JobsOfSlots } from '../worker/cron-firing.ts'
import { silent } from '../worker/logger.ts'
import { sandbox } from './mode.ts'
import type { Sandbox, Space } from './sandbox.ts'

/** Moments at which something happens that one move of the clock may pass. */
const MOST_MOMENTS = 10_000

/**
 * The time of the jobs: when they are due, how long their records are kept, when cron entries fire. It is this computer's until it is
 * moved, and stands still from then on. Timers and `Date` know nothing of it.
 */
export const clock = {
  now: (): Date => new Date(sandbox('clock.now()').clock.now()),

  /**
   * Lets time pass, moment by moment: cron entries fire, what is due is queued (`inline` runs what cron entries enqueue), and what
   * has had its time goes. Nothing else runs: that is for `drain()`.
   */
  advance: async (duration: Duration): Promise<void> => {
    const here = sandbox('clock.advance()')
    await moveTo(here, here.clock.now() + toMs(duration, 'clock.advance()'))
  },

  /** The same up to a time. Backwards it goes only while nothing has been enqueued. */
  set: async (time: Date | number): Promise<void> => {
    const here = sandbox('clock.set()')
    const ms = time instanceof Date ? time.getTime() : time
    if (typeof ms !== 'number' || !Number.isFinite(ms)) {
      throw new InvalidArgumentError(
        `clock.set(): expected a valid Date or milliseconds since 1970, got ${String(time)}`,
      )
    }
    const isBack = ms < here.clock.now()
    if (isBack && here.log.length > 0) {
      throw new TestingError(
        `clock.set(): expected a time after ${new Date(here.clock.now()).toISOString()}, for jobs were enqueued by then, got ${new Date(ms).toISOString()}; set the clock first, or reset()`,
      )
    }
    if (isBack) here.clock.set(ms)
    else await moveTo(here, ms)
  },
}

async function moveTo(here: Sandbox, target: number): Promise<void> {
  for (let moments = 0; ; moments++) {
    const next = nextMoment(here)
    if (next === undefined || next > target) break
    if (moments === MOST_MOMENTS) {
      throw new TestingError(
        `clock: expected at most ${MOST_MOMENTS} moments at which a job or a cron entry is due, got more by ${new Date(next).toISOString()}; move it less far`,
      )
    }
    here.clock.set(Math.max(next, here.clock.now()))
    await happen(here)
  }
  here.clock.set(target)
  await happen(here)
}

function nextMoment({ spaces }: Sandbox): number | undefined {
  const moments = spaces.flatMap(({ store, cron }) => [store.nextDue ?? [], cron.nextSlot ?? []].flat())
  return moments.length === 0 ? undefined : Math.min(...moments)
}

/** What every worker does all the time. */
async function happen({ spaces, mode }: Sandbox): Promise<void> {
  for (const space of spaces) {
    await fire(space, mode === 'inline')
    for (const queue of await space.store.queues()) await space.store.tend(queue)
    await space.store.groups.tend()
  }
}

async function fire({ store, sync, cron }: Space, runs: boolean): Promise<void> {
  const inline: JobsOfSlots = {
    fetch: (queue, ids) => store.fetch(queue, ids),
    enqueue: async (queue, [job]) => [(await sync.enqueue(queue, job!)).answer],
  }
  const warnings: string[] = []
  const log = { ...silent, warn: (line: string) => void warnings.push(line) }
  const { now, due } = await cron.look()
  const firing = new CronFiring(runs ? inline : store, cron, log, now)
  for (const entry of due) await firing.fire(entry)
  if (warnings.length > 0) throw new TestingError(warnings.join('\n'))
}
