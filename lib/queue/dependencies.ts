import { checkKnown } from '../core/did-you-mean.ts'
import { DependencyNotFoundError, InvalidArgumentError } from '../core/errors.ts'
import { type Ref, toRef } from '../core/record.ts'
import type { Parent, Store } from '../core/store.ts'
import { idOf, Job } from './job.ts'

/** A job that must finish first: the job, its id, or either with what to do when it fails. */
export type DependsOn =
  | Job
  | string
  | {
      readonly job: Job | string
      /** Go on when that job fails for good. @default false */
      readonly allowFailure?: boolean
    }

/**
 * Every parent of a job once, from its `dependsOn` and from the jobs among its arguments.
 * @param isComing whether an id is about to be stored in this queue, ahead of this job
 */
export async function toParents(
  dependsOn: DependsOn | readonly DependsOn[] | undefined,
  futures: readonly Job[],
  queue: string,
  store: Store,
  isComing: (id: string) => boolean,
): Promise<Parent[]> {
  const parents = new Map<Ref, Parent>()
  for (const job of futures) {
    const ref = toRef(job.id, job.queue)
    parents.set(ref, { ref, allowFailure: false })
  }
  for (const each of dependsOn === undefined ? [] : [dependsOn].flat()) {
    const { job, allowFailure } = read(each as DependsOn)
    const where = job instanceof Job ? job.queue : isComing(job) ? queue : await queueOf(job, queue, store)
    const ref = toRef(idOf(job), where)
    parents.set(ref, { ref, allowFailure })
  }
  return [...parents.values()]
}

function read(given: DependsOn): { job: Job | string; allowFailure: boolean } {
  if (given instanceof Job || (typeof given === 'string' && given !== ''))
    return { job: given, allowFailure: false }
  if (typeof given === 'object' && given !== null && 'job' in given) {
    checkKnown(given, ['job', 'allowFailure'], 'dependsOn')
    return { job: read(given.job).job, allowFailure: given.allowFailure === true }
  }
  const got = (given as unknown) instanceof Promise ? 'a Promise: await the enqueue first' : String(given)
  throw new InvalidArgumentError(
    `dependsOn: expected a Job, a job id, { job, allowFailure } or a list of these, got ${got}`,
  )
}

/** An id alone does not say where its job is: most often in the same queue. */
async function queueOf(id: string, queue: string, store: Store): Promise<string> {
  const [here] = await store.fetch(queue, [id])
  const found = here ? queue : await store.find(id)
  if (found !== undefined) return found
  throw missingParent(id)
}

export function missingParent(id: string): DependencyNotFoundError {
  return new DependencyNotFoundError(
    `dependsOn: job ${id} is not there: it was never enqueued, was deleted, or its time to live is over. Enqueue it first, or keep its result longer (resultTtl).`,
    id,
  )
}
