import { AssertionError } from 'node:assert'
import { inspect } from 'node:util'
import { didYouMean } from '../core/did-you-mean.ts'
import type { Compared, Wanted } from './expected.ts'
import type { LoggedJob } from './logged-job.ts'
import type { Sandbox } from './sandbox.ts'

const MISSES = 3
const LISTED = 10

/** What a failed expectation says: what was expected, and the jobs that come nearest, with where each differs. */
export function whyNot(wanted: Wanted, here: Sandbox, compared: readonly Compared[]): AssertionError {
  const matching = compared.filter(({ differences }) => differences.length === 0).length
  const wish = wanted.count === undefined ? 'a job' : `${wanted.count} ${wanted.count === 1 ? 'job' : 'jobs'}`
  const misses = compared
    .filter(({ differences }) => differences.length > 0)
    .sort((a, b) => a.differences.length - b.differences.length)
  const lines = [
    `expected ${wish} of ${wanted.func ?? 'any function'} to be enqueued${asSaid(wanted)}, got ${matching === 0 ? 'none' : matching}`,
    ...(misses.length > 0 ? nearest(misses) : others(wanted, here)),
  ]
  const [first] = misses
  return new AssertionError({
    message: lines.join('\n'),
    expected: wanted.shown(),
    actual: first ? likeWanted(wanted, first, here) : undefined,
    operator: 'expectEnqueued',
  })
}

/** The same for jobs that should not be there. */
export function whyThere(wanted: Wanted, here: Sandbox, matching: readonly LoggedJob[]): AssertionError {
  const lines = [
    `expected no job of ${wanted.func ?? 'any function'} to be enqueued${asSaid(wanted)}, got ${matching.length}:`,
    ...matching.slice(0, LISTED).map((job) => `  ${describe(job, here)}`),
  ]
  return new AssertionError({ message: lines.join('\n'), operator: 'expectNotEnqueued' })
}

function asSaid(wanted: Wanted): string {
  const { func: _, ...rest } = wanted.shown() as Record<string, unknown>
  return Object.keys(rest).length === 0 ? '' : ` with ${show(rest)}`
}

function nearest(misses: readonly Compared[]): string[] {
  return misses
    .slice(0, MISSES)
    .flatMap(({ job, differences }, i) => [
      `${i === 0 ? 'nearest' : 'then'}: job ${job.id} in queue ${job.queue} (${job.status})`,
      ...differences.map(
        ({ path, expected, actual }) => `  ${path}: expected ${show(expected)}, got ${show(actual)}`,
      ),
    ])
}

function others(wanted: Wanted, here: Sandbox): string[] {
  if (here.log.length === 0) return ['nothing was enqueued at all']
  const names = [...new Set(here.log.map(({ func }) => func))]
  const hint = wanted.func === undefined ? '' : didYouMean(wanted.func, names)
  return [
    `enqueued were:${hint}`,
    ...here.log.slice(0, LISTED).map((job) => `  ${describe(job, here)}`),
    ...(here.log.length > LISTED ? [`  … and ${here.log.length - LISTED} more`] : []),
  ]
}

function describe(job: LoggedJob, { jobOf }: Sandbox): string {
  return `${job.func}(${job.args(jobOf).map(show).join(', ')}) in queue ${job.queue} (${job.status})`
}

/** Only what the expectation speaks of, so that a runner's own comparison shows what differs. */
function likeWanted(wanted: Wanted, { job, differences }: Compared, { jobOf }: Sandbox): object {
  const differing = new Map(differences.map(({ path, actual }) => [path, actual]))
  const values: Record<string, unknown> = {
    func: job.func,
    queue: job.queue,
    args: job.args(jobOf),
    tags: job.tags,
    options: job.options,
    status: job.status,
  }
  const said = wanted.shown() as Record<string, unknown>
  return Object.fromEntries(
    Object.keys(said).map((name) => [
      name,
      name in values ? values[name] : differing.has(name) ? differing.get(name) : said[name],
    ]),
  )
}

/** One line, for it stands in one. */
function show(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 200 })
}
