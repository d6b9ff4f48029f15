import type { Context, Drawn } from '../context.ts'
import type { BulkAction, BulkRequest } from '../data/index.ts'
import { isLanguage } from '../i18n/index.ts'
import { confirmPage } from '../pages/confirm.tsx'
import { filterOf, queryOf } from '../pages/jobs.tsx'
import { visibleNames } from '../reads.ts'
import { BadRequest, NotFound } from '../refusals.ts'
import { timeOf } from '../time-of.ts'
import { href, segment, THEMES } from '../view.ts'
import { formOf, safeBack } from './form.ts'
import type { Operation } from './operations.ts'
import * as perform from './perform.ts'

/** What the pages' forms do: read the form, do it, and go on to a page that says so. */

type Post = (c: Context) => Promise<Response | Drawn>
type Done = keyof Context['v']['t']['done']

/** To a page, with a word that says what was done. */
function goTo({ v }: Context, path: string, done?: Done, cookies: readonly string[] = []): Response {
  const [place = '', query = ''] = path.split('?')
  const parameters = new URLSearchParams(query)
  parameters.delete('done')
  if (done) parameters.set('done', done)
  const headers = new Headers({ location: href(v, place || './', Object.fromEntries(parameters)) })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

const JOB_VERBS: readonly BulkAction[] = [
  'retry',
  'duplicate',
  'cancel',
  'stop',
  'front',
  'move',
  'reschedule',
]

export const postJob: Post = async (c) => {
  const { id = '', verb = '' } = c.params
  const form = await formOf(c.request)
  const queue = form.get('queue') ?? (await c.store.find(id))
  if (queue === undefined) throw new NotFound(c.v.t.job.notFoundDetail(id))
  if (verb === 'edit') {
    const made = await perform.retryEdited(c, id, queue, { argsJson: form.get('args') ?? '[]' })
    return goTo(c, `jobs/${segment(made)}?queue=${segment(queue)}`, 'edit')
  }
  if (!JOB_VERBS.includes(verb as BulkAction)) throw new NotFound(`no action ${verb}`)
  const target = form.get('target')?.trim()
  const at = form.get('at')?.trim()
  const why = await perform.changeJob(c, verb as BulkAction, id, queue, {
    ...(target && { queue: target }),
    ...(at && { dueAt: timeOf(at, 'at', c.v.now, c.v.timeZone) }),
  })
  const moved = target && why === undefined ? `?queue=${segment(target)}` : ''
  return goTo(c, `${safeBack(form.get('back'))}${moved}`, why === undefined ? (verb as Done) : 'unchanged')
}

export const postQueue: Post = async (c) => {
  const { queue = '', verb = '' } = c.params
  const form = await formOf(c.request)
  const back = safeBack(form.get('back'))
  switch (verb) {
    case 'pause':
      await perform.pauseQueue(c, queue, { for: form.get('for') ?? '', reason: form.get('reason') ?? '' })
      return goTo(c, back, 'queue-pause')
    case 'resume':
      await perform.resumeQueue(c, queue)
      return goTo(c, back, 'queue-resume')
    case 'enqueue': {
      const id = await perform.enqueueByName(c, queue, form.get('func') ?? '', form.get('args') ?? '[]')
      return goTo(c, `jobs/${segment(id)}?queue=${segment(queue)}`, 'enqueue')
    }
    case 'empty':
    case 'delete': {
      const operation = await perform.sweepQueue(c, verb, queue, form.get('typed') ?? undefined)
      return toOperation(c, operation, verb === 'empty' ? `queues/${segment(queue)}` : 'queues')
    }
    default:
      throw new NotFound(`no action ${verb}`)
  }
}

function toOperation(c: Context, { id }: Operation, back: string): Response {
  return goTo(c, `operations/${id}?back=${segment(back)}`)
}

/** What was ticked, or all that matches: asked once more, then done. */
export const postBulk: Post = async (c) => {
  const { v } = c
  const { t } = v
  const form = await formOf(c.request)
  const back = safeBack(form.get('back'))
  const request = requestOf(form, v.now)
  const label = t.actions[request.action] ?? request.action
  const subject = subjectOf(request, label, t.common.jobs)
  if (form.get('confirmed') === '1') {
    const { seen, now } =
      'filter' in request.selection ? await perform.confirmBulk(c, request) : { seen: 0, now: 0 }
    if (now <= seen) return toOperation(c, await perform.startBulk(c, request, subject), back)
  }
  const { seen, now, isCut } = await perform.confirmBulk(c, request)
  const { selection } = request
  const isFilter = 'filter' in selection
  const does = t.bulk.does[request.action](isCut ? t.bulk.atLeast(now) : t.common.jobs(now))
  return confirmPage(v, {
    title: t.bulk.title(label),
    question: [t.bulk.ask(does), ...(request.action === 'release' ? [t.bulk.release] : [])].join(' '),
    // Where it is not known how many match, none was seen.
    warning: now > seen && form.has('seen') ? t.bulk.changed(seen, now) : isCut ? t.bulk.cut : undefined,
    details: isFilter
      ? [
          ...Object.entries(selection.filter).map(([key, value]) => [key, String(value)] as const),
          [t.bulk.filter, t.bulk.only] as const,
        ]
      : selection.refs.slice(0, 10).map((ref) => [t.common.job, ref] as const),
    to: 'bulk',
    fields: {
      action: request.action,
      confirmed: '1',
      ...(isFilter && {
        all: '1',
        filter: form.get('filter') ?? '{}',
        at: String(selection.at),
        seen: String(now),
      }),
    },
    refs: isFilter ? [] : selection.refs,
    back,
    submit: does,
    section: 'jobs',
    ...(request.action === 'move' && {
      asks: { name: 'target', label: t.common.queue, of: await visibleNames(c) },
    }),
  })
}

function subjectOf({ selection }: BulkRequest, label: string, jobs: (n: number) => string): string {
  if ('refs' in selection) return `${label}: ${jobs(selection.refs.length)}`
  const filter = Object.entries(selection.filter).map(([key, value]) => `${key}:${value}`)
  return `${label}: ${filter.join(' ')}`
}

function requestOf(form: URLSearchParams, now: number): BulkRequest {
  const action = form.get('action') as BulkAction
  const queue = form.get('target')?.trim()
  const more = queue ? { queue } : {}
  if (form.get('all') !== '1')
    return { action, selection: { refs: [...new Set(form.getAll('ref'))] }, ...more }
  const [at, seen] = [Number(form.get('at')), Number(form.get('seen'))]
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(seen))
    throw new BadRequest('at, seen: expected whole numbers')
  return { action, selection: { filter: filterOfJson(form.get('filter') ?? '{}', now), at, seen }, ...more }
}

function filterOfJson(json: string, now: number) {
  let given: object | null
  try {
    given = JSON.parse(json)
  } catch {
    throw new BadRequest('filter: expected JSON')
  }
  return filterOf(new URLSearchParams(queryOf(given ?? {})), now)
}

export const postOperation: Post = async (c) => {
  const { id = '', verb } = c.params
  const operation = c.operations.find(id, c.access.user.name)
  if (operation === undefined) throw new NotFound(c.v.t.bulk.gone)
  const form = await formOf(c.request)
  if (verb === 'stop') c.operations.stop(operation)
  else if (verb === 'resume') {
    // It was allowed when it began; what has been forbidden since must hold.
    await c.access.need('dashboard:view')
    c.operations.resume(operation)
  } else throw new NotFound(`no action ${verb}`)
  await c.operations.settled(operation, 500)
  return goTo(c, safeBack(form.get('back')))
}

export const postWorker: Post = async (c) => {
  const { name = '', verb = '' } = c.params
  if (verb !== 'quiet' && verb !== 'stop' && verb !== 'kill') throw new NotFound(`no action ${verb}`)
  const form = await formOf(c.request)
  await perform.tellWorker(c, name, verb)
  return goTo(c, safeBack(form.get('back')), `worker-${verb}`)
}

export const postFailure: Post = async (c) => {
  const { fingerprint = '', verb } = c.params
  const form = await formOf(c.request)
  if (verb !== 'snooze' && verb !== 'wake') throw new NotFound(`no action ${verb}`)
  await perform.snoozeFailure(c, fingerprint, verb === 'wake' ? null : (form.get('for') ?? ''))
  return goTo(c, safeBack(form.get('back') ?? 'failures'), `failure-${verb}`)
}

export const postCron: Post = async (c) => {
  const { name = '', verb = '' } = c.params
  const what = perform.cronVerb(verb)
  const form = await formOf(c.request)
  await perform.changeCron(
    c,
    name,
    what,
    perform.scheduleOf((field) => form.get(field) ?? undefined, c.v.now, c.v.timeZone),
  )
  return goTo(c, safeBack(form.get('back') ?? 'schedule'), `cron-${what}`)
}

const YEAR_S = 365 * 24 * 3600

/** What this browser likes: in cookies, for it is nobody else's. */
export const postPreferences: Post = async (c) => {
  const form = await formOf(c.request)
  const cookies: string[] = []
  const keep = (name: string, value: string) =>
    cookies.push(`rq_${name}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax; HttpOnly`)
  const [theme, language, zone] = ['theme', 'language', 'zone'].map((name) => form.get(name) ?? undefined)
  if (THEMES.some((each) => each === theme)) keep('theme', theme!)
  if (isLanguage(language)) keep('language', language)
  if (zone === 'local' || zone === 'utc') keep('zone', zone)
  return goTo(c, safeBack(form.get('back')), 'preferences', cookies)
}
