import { writeExactly } from '../../core/exact-json.ts'
import { jsonOf } from '../actions/form.ts'
import type { Operation } from '../actions/operations.ts'
import * as perform from '../actions/perform.ts'
import type { Context } from '../context.ts'
import type { BulkAction, BulkRequest } from '../data/index.ts'
import { filterOf, queryOf } from '../pages/jobs.tsx'
import { BadRequest, NotFound } from '../refusals.ts'
import { timeOf } from '../time-of.ts'
import type { Answer, Endpoint } from './index.ts'

type Body = Record<string, unknown>

/** What the pages can do, for programs. A body is a JSON object. */
export const API_POSTS: Readonly<Record<string, Endpoint>> = {
  '/api/v1/queues/:queue/pause': async (c) => {
    const body = await jsonOf(c.request)
    await perform.pauseQueue(
      c,
      c.params.queue!,
      optional({ for: text(body, 'for'), reason: text(body, 'reason') }),
    )
    return done({ queue: c.params.queue, paused: true })
  },
  '/api/v1/queues/:queue/resume': async (c) => {
    await perform.resumeQueue(c, c.params.queue!)
    return done({ queue: c.params.queue, paused: false })
  },
  '/api/v1/queues/:queue/enqueue': async (c) => {
    const body = await jsonOf(c.request)
    const args = writeExactly(body.args ?? [])
    const id = await perform.enqueueByName(c, c.params.queue!, text(body, 'func') ?? '', args)
    return done({ id })
  },
  // `confirm` is the queue's name, as it has to be typed on the page.
  '/api/v1/queues/:queue/empty': (c) => sweep(c, 'empty'),
  '/api/v1/queues/:queue/delete': (c) => sweep(c, 'delete'),
  '/api/v1/jobs/:id/:verb': async (c) => {
    const { id = '', verb = '' } = c.params
    const body = await jsonOf(c.request)
    const queue = text(body, 'queue') ?? (await c.store.find(id))
    if (queue === undefined) throw new NotFound(c.v.t.job.notFoundDetail(id))
    if (verb === 'edit') {
      const edit = optional({ argsJson: writeExactly(body.args ?? []), func: text(body, 'func') })
      return done({ id: await perform.retryEdited(c, id, queue, edit) })
    }
    const why = await perform.changeJob(c, verb as BulkAction, id, queue, more(c, body))
    return done({ id, changed: why === undefined, ...(why !== undefined && { why }) })
  },
  '/api/v1/bulk/confirm': async (c) => {
    const confirmation = await perform.confirmBulk(c, request(c, await jsonOf(c.request)))
    return { schema: 'rq.confirmation/1', data: confirmation }
  },
  '/api/v1/bulk': async (c) => {
    const body = await jsonOf(c.request)
    const bulk = request(c, body)
    return operation(await perform.startBulk(c, bulk, `api: ${bulk.action}`))
  },
  '/api/v1/workers/:name/:verb': async (c) => {
    const { name = '', verb } = c.params
    if (verb !== 'quiet' && verb !== 'stop' && verb !== 'kill') throw new NotFound(`no action ${verb}`)
    await perform.tellWorker(c, name, verb)
    return done({ worker: name, told: verb })
  },
  '/api/v1/failures/:fingerprint/:verb': async (c) => {
    const { fingerprint = '', verb } = c.params
    if (verb !== 'snooze' && verb !== 'wake') throw new NotFound(`no action ${verb}`)
    const body = await jsonOf(c.request)
    await perform.snoozeFailure(c, fingerprint, verb === 'wake' ? null : (text(body, 'for') ?? ''))
    return done({ fingerprint, snoozed: verb === 'snooze' })
  },
  '/api/v1/schedule/:name/:verb': async (c) => {
    const { name = '', verb } = c.params
    const what = perform.cronVerb(verb)
    const body = await jsonOf(c.request)
    const typed = (field: string) => (field === 'times' ? whole(body, field) : text(body, field))
    const id = await perform.changeCron(c, name, what, perform.scheduleOf(typed, c.v.now))
    return done({ name, ...(id !== undefined && { id }) })
  },
}

async function sweep(c: Context, what: 'empty' | 'delete'): Promise<Answer> {
  const body = await jsonOf(c.request)
  return operation(await perform.sweepQueue(c, what, c.params.queue!, text(body, 'confirm')))
}

/** `{action, refs}`, or `{action, filter, at, seen}`. */
function request(c: Context, body: Body): BulkRequest {
  const action = text(body, 'action') as BulkAction
  const { refs, filter, at, seen } = body
  if (Array.isArray(refs) && refs.every((ref) => typeof ref === 'string')) {
    return { action, selection: { refs }, ...more(c, body) }
  }
  if (
    typeof filter !== 'object' ||
    filter === null ||
    !Number.isSafeInteger(at) ||
    !Number.isSafeInteger(seen)
  ) {
    throw new BadRequest('expected refs, a list of <id>@<queue>, or a filter with at and seen')
  }
  const selection = {
    filter: filterOf(new URLSearchParams(queryOf(filter)), c.v.now),
    at: at as number,
    seen: seen as number,
  }
  return { action, selection, ...more(c, body) }
}

function more(c: Context, body: Body): Pick<BulkRequest, 'queue' | 'dueAt'> {
  const target = text(body, 'target')
  const at = text(body, 'dueAt')
  return optional({ queue: target, dueAt: at === undefined ? undefined : timeOf(at, 'dueAt', c.v.now) })
}

function operation({ id, state, progress, skipped }: Operation): Answer {
  return { schema: 'rq.operation/1', data: { id, state, progress, skipped } }
}

function done(data: object): Answer {
  return { schema: 'rq.done/1', data }
}

/** @throws BadRequest where it is there and no text */
function text(body: Body, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw new BadRequest(`${name}: expected a text, got ${typeof value}`)
}

/** A number, as the text that a form would have of it. @throws BadRequest */
function whole(body: Body, name: string): string | undefined {
  const value = body[name]
  return typeof value === 'number' ? String(value) : text(body, name)
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function optional<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>
}
