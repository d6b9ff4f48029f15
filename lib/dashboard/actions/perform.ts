import { type Duration, toMs } from '../../core/duration.ts'
import { InvalidArgumentError } from '../../core/errors.ts'
import { fromRef, toRef } from '../../core/record.ts'
import type { ScheduleOptions } from '../../queue/cron-options.ts'
import { type Context, mustSee } from '../context.ts'
import {
  BULK_ACTIONS,
  type BulkAction,
  type BulkProgress,
  type BulkRequest,
  type Confirmation,
  type Edit,
} from '../data/index.ts'
import { visibleError } from '../reads.ts'
import { BadRequest, Conflict, NotFound } from '../refusals.ts'
import type { Action, Resource } from '../security/actions.ts'
import { timeOf } from '../time-of.ts'
import type { Operation } from './operations.ts'
import { BULK_RIGHTS } from './rights.ts'

/**
 * What pages and the API do: each asks whether this user may, does it, and tells of it. The audit log is written by what is below, so
 * that nothing gets around it.
 */

/** As many jobs can be named at once; more are chosen by a filter. */
const MOST_REFS = 5_000
/** Most bulk actions are over within this; the others have a page that shows how far they are. */
const SETTLES_MS = 1_500

/** @throws Denied, ReadOnly, and NotFound for what must not be seen */
async function need(c: Context, action: Action, resource: Resource): Promise<void> {
  if (resource.queue !== undefined) mustSee(c, resource.queue)
  await c.access.need(action, resource)
}

/** A slip of the keyboard makes no queue. @throws NotFound for one without jobs, workers and history */
async function mustExist(c: Context, queue: string): Promise<void> {
  if ((await c.data.readQueue(c.store, queue)) === undefined) throw new NotFound(`no queue ${queue}`)
}

function tell(c: Context, action: Action, resource: Resource, count = 1): void {
  c.reads.forget()
  c.options.onAction?.({ user: c.access.user, action, resource, count })
}

/** A bulk request that this user may make. @throws BadRequest, Denied */
export async function checkBulk(c: Context, request: BulkRequest): Promise<void> {
  const { action, selection } = request
  if (!BULK_ACTIONS.includes(action)) {
    throw new BadRequest(`action: expected one of ${BULK_ACTIONS.join(', ')}, got ${JSON.stringify(action)}`)
  }
  const right = BULK_RIGHTS[action]
  const queues = await queuesOf(c, request)
  if (request.queue !== undefined) queues.add(request.queue)
  if (queues.size === 0) await c.access.need(right)
  for (const queue of queues) await need(c, right, { queue })
  if ('refs' in selection) {
    const wrong = selection.refs.find((ref) => !/^[^@]+@.+$/su.test(ref))
    if (wrong !== undefined)
      throw new BadRequest(`expected a job as <id>@<queue>, got ${JSON.stringify(wrong.slice(0, 100))}`)
    if (selection.refs.length === 0) throw new BadRequest(c.v.t.bulk.nothing)
    if (selection.refs.length > MOST_REFS) {
      throw new BadRequest(
        `expected at most ${MOST_REFS} jobs by name, got ${selection.refs.length}; use a filter`,
      )
    }
  }
}

/** What is asked for only once it is done. @throws BadRequest */
function checkComplete({ action, queue, dueAt }: BulkRequest): void {
  if (action === 'move' && !queue) throw new BadRequest('move: expected the queue to move to')
  if (action === 'reschedule' && dueAt === undefined) throw new BadRequest('reschedule: expected a time')
}

/** All queues that a request may change jobs in. */
async function queuesOf(
  { access, store, reads, visibility }: Context,
  { selection, action }: BulkRequest,
): Promise<Set<string>> {
  if ('refs' in selection) return new Set(selection.refs.map((ref) => fromRef(ref).queue))
  const { queue } = selection.filter
  if (queue !== undefined) return new Set([queue])
  const all = visibility.isAll ? await reads.get('names', () => store.queues()) : visibility.names
  const allowed = await Promise.all(all.map((each) => access.can(BULK_RIGHTS[action], { queue: each })))
  if (visibility.isAll && allowed.every(Boolean)) return new Set()
  throw new BadRequest('you may do this in some queues only: choose one of them in the filter')
}

export async function confirmBulk(c: Context, request: BulkRequest): Promise<Confirmation> {
  await checkBulk(c, request)
  return c.data.confirmBulk(c.store, request)
}

/** Begins it, and waits a little: it is over by then, or goes on by itself. */
export async function startBulk(c: Context, request: BulkRequest, subject: string): Promise<Operation> {
  checkComplete(request)
  await checkBulk(c, request)
  if (request.queue !== undefined) await mustExist(c, request.queue)
  const { data, store, actor } = c
  return start(c, request.action, BULK_RIGHTS[request.action], subject, {}, (cursor) =>
    data.runBulk(store, request, actor, cursor),
  )
}

async function start(
  c: Context,
  name: string,
  right: Action,
  subject: string,
  resource: Resource,
  part: (cursor: string | undefined) => Promise<BulkProgress>,
): Promise<Operation> {
  const operation = c.operations.begin(name, c.access.user.name, subject, async (cursor) => {
    const progress = await part(cursor)
    tell(c, right, resource, progress.changed)
    return progress
  })
  await c.operations.settled(operation, SETTLES_MS)
  return operation
}

/** One job; answers why nothing was changed, where it was not. */
export async function changeJob(
  c: Context,
  action: BulkAction,
  id: string,
  queue: string,
  more: Pick<BulkRequest, 'queue' | 'dueAt'> = {},
): Promise<string | undefined> {
  const request: BulkRequest = { action, selection: { refs: [toRef(id, queue)] }, ...more }
  checkComplete(request)
  await checkBulk(c, request)
  if (request.queue !== undefined) await mustExist(c, request.queue)
  const progress = await c.data.runBulk(c.store, request, c.actor)
  tell(c, BULK_RIGHTS[action], { queue, job: id }, progress.changed)
  if (progress.changed > 0) return undefined
  const why = progress.skipped[0]?.why ?? c.v.t.done.unchanged
  if (why === 'gone') throw new NotFound(c.v.t.job.notFoundDetail(id))
  return why
}

/** @returns the new job's id */
export async function retryEdited(c: Context, id: string, queue: string, edit: Edit): Promise<string> {
  await need(c, 'job:enqueue', { queue, job: id })
  if (edit.queue !== undefined && edit.queue !== queue) await need(c, 'job:enqueue', { queue: edit.queue })
  checkArgs(edit.argsJson)
  const made = await c.data.retryEdited(c.store, toRef(id, queue), edit, c.actor)
  tell(c, 'job:enqueue', { queue, job: id })
  return made
}

export async function enqueueByName(
  c: Context,
  queue: string,
  func: string,
  argsJson: string,
): Promise<string> {
  await need(c, 'job:enqueue', { queue })
  checkArgs(argsJson)
  const id = await c.data.enqueueByName(c.store, queue, func, argsJson, c.actor)
  tell(c, 'job:enqueue', { queue, job: id })
  return id
}

function checkArgs(json: string | undefined): void {
  if (json === undefined) return
  let args: unknown
  try {
    args = JSON.parse(json)
  } catch (error) {
    throw new InvalidArgumentError(`args: expected JSON of a list, got ${(error as Error).message}`)
  }
  if (!Array.isArray(args)) throw new InvalidArgumentError('args: expected a list, as [1, "two"]')
}

export async function pauseQueue(
  c: Context,
  queue: string,
  how: { for?: string; reason?: string },
): Promise<void> {
  await need(c, 'queue:pause', { queue })
  await mustExist(c, queue)
  const reason = how.reason?.trim().slice(0, 500)
  const forMs = how.for?.trim() ? toMs(how.for, 'for') : undefined
  if (forMs === 0)
    throw new InvalidArgumentError('for: expected more than 0; leave it out to pause without end')
  await c.data.pauseQueue(
    c.store,
    queue,
    { ...(forMs !== undefined && { forMs }), ...(reason && { reason }) },
    c.actor,
  )
  tell(c, 'queue:pause', { queue })
}

export async function resumeQueue(c: Context, queue: string): Promise<void> {
  await need(c, 'queue:pause', { queue })
  await c.data.resumeQueue(c.store, queue, c.actor)
  tell(c, 'queue:pause', { queue })
}

/** @param typed the queue's name, as whoever asks has typed it @throws Conflict where it is another one */
export async function sweepQueue(
  c: Context,
  what: 'empty' | 'delete',
  queue: string,
  typed: string | undefined,
): Promise<Operation> {
  const right = what === 'empty' ? 'queue:empty' : 'queue:delete'
  await need(c, right, { queue })
  if (typed?.trim() !== queue) throw new Conflict(c.v.t.bulk.typedWrong)
  const { data, store, actor } = c
  const part = what === 'empty' ? data.emptyQueue : data.deleteQueue
  const name = what === 'empty' ? 'empty' : 'deleteQueue'
  return start(c, name, right, queue, { queue }, (cursor) => part(store, queue, actor, cursor))
}

export async function tellWorker(c: Context, worker: string, what: 'quiet' | 'stop' | 'kill'): Promise<void> {
  await c.access.need('worker:control', { worker })
  await c.data.tellWorker(c.store, worker, what, c.actor)
  tell(c, 'worker:control', { worker })
}

/** @param howLong as `4h`; null ends it */
export async function snoozeFailure(c: Context, fingerprint: string, howLong: string | null): Promise<void> {
  if ((await visibleError(c, fingerprint)) === undefined)
    throw new NotFound(`no failures with the fingerprint ${fingerprint}`)
  await c.access.need('failure:snooze')
  const { data, store, actor } = c
  if (howLong === null) await data.wakeError(store, fingerprint, actor)
  else await data.snoozeError(store, fingerprint, toMs(howLong as Duration, 'for'), actor)
  tell(c, 'failure:snooze', {})
}

const CRON_RIGHTS = {
  run: 'cron:run',
  pause: 'cron:pause',
  resume: 'cron:pause',
  edit: 'cron:edit',
  remove: 'cron:remove',
} as const satisfies Record<string, Action>

export type CronVerb = keyof typeof CRON_RIGHTS

/** @throws NotFound for what nothing can do */
export function cronVerb(verb: string | undefined): CronVerb {
  if (verb !== undefined && Object.hasOwn(CRON_RIGHTS, verb)) return verb as CronVerb
  throw new NotFound(`no action ${verb}`)
}

/** @param schedule for `edit` @returns the id of the job, of `run` */
export async function changeCron(
  c: Context,
  name: string,
  what: CronVerb,
  schedule: ScheduleOptions = {},
): Promise<string | undefined> {
  const { data, store, actor } = c
  const entry = (await data.readCron(store, [name])).find((each) => each.name === name)
  if (entry === undefined || !c.visibility.sees(entry.queue)) throw new NotFound(`no cron entry ${name}`)
  const { queue } = entry
  const right = CRON_RIGHTS[what]
  await need(c, right, { queue, cron: name })
  let id: string | undefined
  if (what === 'run') id = await data.runCron(store, name, actor)
  else if (what === 'pause') await data.pauseCron(store, name, actor)
  else if (what === 'resume') await data.resumeCron(store, name, actor)
  else if (what === 'edit') await data.editCron(store, name, schedule, actor)
  else await data.removeCron(store, name, actor)
  tell(c, right, { queue, cron: name })
  return id
}

/** Texts as somebody typed them; those that are empty say nothing. @throws InvalidArgumentError */
export function scheduleOf(
  typed: (name: string) => string | undefined,
  now: number,
  zone?: string,
): ScheduleOptions {
  const text = (name: string) => typed(name)?.trim() || undefined
  const [cron, every, timezone, times] = [text('cron'), text('every'), text('timezone'), text('times')]
  const [startAt, endAt] = [text('startAt'), text('endAt')]
  return {
    ...(cron !== undefined && { cron }),
    ...(every !== undefined && { every: every as Duration }),
    ...(timezone !== undefined && { timezone }),
    ...(times !== undefined && { times: Number(times) }),
    ...(startAt !== undefined && { startAt: timeOf(startAt, 'startAt', now, zone) }),
    ...(endAt !== undefined && { endAt: timeOf(endAt, 'endAt', now, zone) }),
  }
}
