import type { Backlog } from './backlog.ts'
import type { Fault, Killer } from './faults.ts'
import { type Evidence, lost, twice } from './verify.ts'
import type { WorkerPlace } from './workers.ts'

export interface Figures {
  readonly enqueued: number
  /** In the store at the end, with callbacks, cron jobs and those whose enqueue was rejected. */
  readonly jobs: number
  readonly outcomes: Readonly<Record<string, number>>
  /** Enqueues that were rejected because Redis was away. */
  readonly uncertain: number
  readonly refusedAsDuplicates: number
  readonly groups: number
  /** Runs of jobs of one attempt beyond the first. */
  readonly duplicateRuns: number
  /** Failed by a kill of their horse, or of three workers. */
  readonly struck: number
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  /** Of these, the ends of processes: workers, work-horses and Redis. */
  readonly killsAndRestarts: number
  /** The most jobs that were left to do at a time. */
  readonly backlog: number
  /** Exit codes and signals of workers. */
  readonly workerEnds: Readonly<Record<string, number>>
  readonly recordedTwice: number
  readonly lost: number
}

export interface Report {
  readonly seed: number
  readonly seconds: number
  /** Of the workers' logs and the timeline. */
  readonly folder: string
  /** Every invariant that did not hold; none when all is well. */
  readonly problems: readonly string[]
  readonly figures: Figures
}

/** They are run again only where a crash makes it so. */
const RUN_ONCE = ['plain', 'bulk', 'slow', 'parent', 'child', 'heir', 'scheduled', 'limited']

const ENDS_A_PROCESS = [
  'killWorker',
  'killHorse',
  'stopWorker',
  'killRedis',
] as const satisfies readonly Fault[]

interface Cast {
  readonly killer: Killer
  readonly workers: readonly WorkerPlace[]
  readonly backlog: Backlog
}

export function figuresOf(evidence: Evidence, { killer, workers, backlog }: Cast): Figures {
  const { book, jobs, begun } = evidence
  const outcomes: Record<string, number> = {}
  for (const { status } of jobs.values()) outcomes[status] = (outcomes[status] ?? 0) + 1
  const workerEnds: Record<string, number> = {}
  for (const { ends } of workers)
    for (const [how, count] of Object.entries(ends)) workerEnds[how] = (workerEnds[how] ?? 0) + count
  let duplicateRuns = 0
  for (const [ref, { kind }] of book.sent)
    if (RUN_ONCE.includes(kind)) duplicateRuns += Math.max(0, (begun.get(ref) ?? 0) - 1)
  const struck = [...jobs.values()].filter(({ error }) =>
    /WorkHorseDied|Abandoned/.test(error?.name ?? ''),
  ).length
  return {
    enqueued: book.sent.size,
    jobs: jobs.size,
    outcomes,
    uncertain: book.uncertain,
    refusedAsDuplicates: book.refused,
    groups: book.groups.size,
    duplicateRuns,
    struck,
    faults: killer.counts,
    killsAndRestarts: ENDS_A_PROCESS.reduce((sum, fault) => sum + (killer.counts[fault] ?? 0), 0),
    backlog: backlog.highest,
    workerEnds,
    recordedTwice: twice(evidence).reduce((sum, { counted, there }) => sum + Math.max(0, counted - there), 0),
    lost: lost(evidence).length,
  }
}

/** For people. */
export function printed({ seed, seconds, folder, problems, figures }: Report): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  return [
    `seed ${seed}, ${seconds} s of faults`,
    `enqueued       ${figures.enqueued}, ${figures.uncertain} enqueues rejected while Redis was away, ${figures.refusedAsDuplicates} refused as duplicates`,
    `jobs           ${figures.jobs}: ${list(figures.outcomes)}; ${figures.groups} groups`,
    `faults         ${list(figures.faults)}; ${figures.killsAndRestarts} kills and restarts`,
    `backlog        ${figures.backlog} at most`,
    `workers' ends  ${list(figures.workerEnds)}`,
    `struck jobs    ${figures.struck}`,
    `run again      ${figures.duplicateRuns}`,
    `recorded twice ${figures.recordedTwice}`,
    `lost           ${figures.lost}`,
    problems.length === 0
      ? 'all invariants hold'
      : `${problems.length} BROKEN:\n${problems.slice(0, 50).join('\n')}`,
    ...(problems.length === 0
      ? []
      : [`again: npm run chaos -- --seconds ${seconds} --seed ${seed}`, `logs: ${folder}`]),
  ].join('\n')
}
