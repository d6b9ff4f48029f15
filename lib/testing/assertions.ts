import type { Job } from '../queue/job.ts'
import type { ResultOf, Runnable } from '../queue/task-types.ts'
import { type Compared, type Expected, Wanted } from './expected.ts'
import type { LoggedJob } from './logged-job.ts'
import { sandbox } from './mode.ts'
import { whyNot, whyThere } from './report.ts'
import { queueNameOf, type Sandbox } from './sandbox.ts'

/** Every job that was enqueued since the mode began or was reset, in that order, whatever became of it. */
export function enqueued({ queue }: Pick<Expected, 'queue'> = {}): Job[] {
  const { log } = sandbox('enqueued()')
  const name = queue === undefined ? undefined : queueNameOf(queue)
  return log.filter((job) => name === undefined || job.queue === name).map((job) => job.toJob())
}

/**
 * Resolves with the first job that is as expected; rejects with an AssertionError that shows the nearest ones, and where they differ.
 * @param func a function, or its `path#export` @throws TestingError where the mode is off
 */
export async function expectEnqueued<F extends Runnable>(
  func: F,
  expected: Expected = {},
): Promise<Job<ResultOf<F>>> {
  const found = await look(sandbox('expectEnqueued()'), func, expected)
  if (!found.isMet) throw whyNot(found.wanted, found.here, found.compared)
  return found.matching[0]?.toJob() as Job<ResultOf<F>>
}

/** Rejects with an AssertionError that names the jobs that are there after all. @throws TestingError where the mode is off */
export async function expectNotEnqueued(
  func: Runnable,
  expected: Omit<Expected, 'count'> = {},
): Promise<void> {
  const { wanted, here, matching } = await look(sandbox('expectNotEnqueued()'), func, expected)
  if (matching.length > 0) throw whyThere(wanted, here, matching)
}

interface Found {
  readonly here: Sandbox
  readonly wanted: Wanted
  readonly compared: readonly Compared[]
  readonly matching: readonly LoggedJob[]
  /** As many match as shall. */
  readonly isMet: boolean
}

export async function look(here: Sandbox, func: Runnable | undefined, expected: Expected): Promise<Found> {
  const wanted = await Wanted.of(func, expected)
  const compared = wanted.compare(here)
  const matching = compared.filter(({ differences }) => differences.length === 0).map(({ job }) => job)
  const isMet = wanted.count === undefined ? matching.length > 0 : matching.length === wanted.count
  return { here, wanted, compared, matching, isMet }
}
