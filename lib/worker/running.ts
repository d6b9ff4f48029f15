import { displayName } from '../core/function-name.ts'
import { type Held, ranFor } from './held.ts'
import { horseMissing } from './verdicts.ts'

/** A job that runs on a worker now. */
export interface LiveRun {
  readonly id: string
  readonly queue: string
  /** `path#export` */
  readonly func: string
  /** The process that runs it, or null where that is the worker's own. */
  readonly pid: number | null
  readonly startedAt: Date
}

/** What runs of all that is held, in the order it was claimed. */
export function runningJobs(held: Iterable<Held>, pidOf: (id: string) => number | null): LiveRun[] {
  return [...held].filter(isRunning).map((each) => {
    const { id, queue, func } = each.job
    return { id, queue, func: func ?? '', pid: pidOf(id), startedAt: new Date(Date.now() - ranFor(each)) }
  })
}

/** Kills every horse that runs a job: those jobs have ended their horse. Answers how many, or throws where a job has no horse. */
export function killHorses(held: Iterable<Held>, kill: (id: string) => boolean): number {
  const running = [...held].filter((each) => isRunning(each) && !each.aborted)
  for (const each of running) {
    each.condemned = true
    if (!kill(each.job.id)) throw horseMissing(each)
  }
  return running.length
}

/** Whether it has begun, and is not over but for its exception handlers. */
function isRunning({ began, handling }: Held): boolean {
  return began !== undefined && !handling
}

/** The ids of one queue, of whatever has one. */
export function idsIn(queue: string, ...lists: Iterable<{ id: string; queue: string }>[]): Set<string> {
  const ids = new Set<string>()
  for (const list of lists) for (const job of list) if (job.queue === queue) ids.add(job.id)
  return ids
}

/** A line for each, for whoever wants to know what a worker is busy with. */
export function describeRunning(running: readonly LiveRun[]): string[] {
  if (running.length === 0) return ['Nothing runs']
  return running.map(({ id, queue, func, pid, startedAt }) => {
    const where = pid === null ? '' : `, PID ${pid}`
    return `${queue}: ${displayName(func)} (${id}) has run for ${((Date.now() - startedAt.getTime()) / 1000).toFixed(1)}s${where}`
  })
}
