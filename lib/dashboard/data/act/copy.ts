import { v4 as uuid } from 'uuid'
import { coded, rebound } from '../../../core/codec.ts'
import { didYouMean } from '../../../core/did-you-mean.ts'
import { InvalidArgumentError, JobNotFoundError } from '../../../core/errors.ts'
import { parseFunctionName } from '../../../core/function-name.ts'
import { checkQueueName } from '../../../core/names.ts'
import { fromRef, type JobRecord, type Ref, toRef } from '../../../core/record.ts'
import type { NewJob } from '../../../core/store.ts'
import { typedArguments } from '../../../core/typed-arguments.ts'
import { type Actor, audited } from '../../../queue/audited.ts'
import { readFunctionNames } from '../../../redis/metrics.ts'
import type { RedisStore } from '../../../redis/store.ts'
import type { Edit } from '../action-types.ts'

/** A new job with another id that is made as one that is there, and says whence it comes. @throws InvalidArgumentError, InvalidJobError */
export function copyOf(store: RedisStore, record: JobRecord, id: string): NewJob {
  const { func, args, options, priority, meta } = record
  if (record.signature !== undefined && !store.signer)
    throw new InvalidArgumentError(
      `job ${record.id} is signed: expected the secret that it was signed with, else no worker would run a copy of it`,
    )
  if (options.futures && Object.keys(options.futures).length > 0)
    throw new InvalidArgumentError(
      `job ${record.id} takes the results of other jobs as arguments; requeue it, or give the arguments themselves`,
    )
  // The group has counted the one that it has.
  const { group: _, ...kept } = options
  return {
    id,
    func,
    args: rebound(args, store.codec, record.id, id),
    options: { ...kept, retriedFrom: toRef(record.id, record.queue) },
    ...(priority !== 0 && { priority }),
    ...(meta !== undefined && { meta }),
  }
}

/** The functions that workers have run lately, of one queue or of all, by name. */
export async function readFunctions(store: RedisStore, queue?: string): Promise<string[]> {
  const names = await readFunctionNames(store, queue === undefined ? await store.queues() : [queue])
  return [...new Set(names.flat())].sort()
}

/**
 * Enqueues a job anew with other arguments, in another queue, or with another function: the job that was there stays as it is. Answers
 * the id of the new one.
 * @throws JobNotFoundError; InvalidArgumentError for arguments that are no JSON list, for a function that no worker has run, and for a job
 * that is signed where the secret is not known
 */
export async function retryEdited(store: RedisStore, ref: string, edit: Edit, actor: Actor): Promise<string> {
  return audited(store, actor, { action: 'job:edit', subject: ref }, async () => {
    const { id, queue } = fromRef(ref as Ref)
    const [record] = await store.fetch(queue, [id])
    if (!record) throw new JobNotFoundError(`job ${id} is not there (any more)`, id)
    const { argsJson, func } = edit
    if (func !== undefined) await checkFunction(store, func)
    const edited: JobRecord = {
      ...record,
      ...(func !== undefined && { func }),
      ...(argsJson !== undefined && {
        args: typedArguments(argsJson),
        options: withoutFutures(record.options),
      }),
    }
    const target = edit.queue === undefined ? queue : checkQueueName(edit.queue)
    const copy = copyOf(store, edited, uuid())
    await store.enqueue(target, [argsJson === undefined ? copy : withCodec(store, copy)])
    return copy.id
  })
}

/** Enqueues a function by its name. Answers the job's id. @throws InvalidArgumentError as `retryEdited` */
export async function enqueueByName(
  store: RedisStore,
  queue: string,
  func: string,
  argsJson: string,
  actor: Actor,
): Promise<string> {
  return audited(store, actor, { action: 'job:enqueue', subject: `${func} in ${queue}` }, async () => {
    checkQueueName(queue)
    await checkFunction(store, func)
    const job: NewJob = { id: uuid(), func, args: typedArguments(argsJson), options: {} }
    await store.enqueue(queue, [withCodec(store, job)])
    return job.id
  })
}

/** What was typed goes through the codec as what producers send does. */
function withCodec({ codec }: RedisStore, job: NewJob): NewJob {
  return codec ? { ...job, args: coded(codec, job.args, 'args', job.id) } : job
}

/** Given by hand, every argument is one: none stands for another job's result. */
function withoutFutures({ futures: _, ...options }: JobRecord['options']): JobRecord['options'] {
  return options
}

async function checkFunction(store: RedisStore, func: string): Promise<void> {
  parseFunctionName(func)
  const known = await readFunctions(store)
  if (known.includes(func)) return
  throw new InvalidArgumentError(
    `func: expected a function that workers have run, got '${func}'.${didYouMean(func, known)}`,
  )
}
