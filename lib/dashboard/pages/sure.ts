import { type Context, type Drawn, mustSee } from '../context.ts'
import { segment } from '../view.ts'
import { confirmPage } from './confirm.tsx'

/** Before a queue is emptied or deleted: its name has to be typed. */
export async function sweepPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const { queue = '', verb = '' } = c.params
  mustSee(c, queue)
  const isEmpty = verb === 'empty'
  await c.access.need(isEmpty ? 'queue:empty' : 'queue:delete', { queue })
  const row = await c.data.readQueue(c.store, queue)
  const counts = Object.entries(row?.counts ?? {}).filter(
    ([state, n]) => n > 0 && (!isEmpty || state === 'queued'),
  )
  return confirmPage(v, {
    title: isEmpty ? t.bulk.emptyTitle(queue) : t.bulk.deleteTitle(queue),
    question: isEmpty ? t.queue.emptyDetail : t.queue.deleteDetail,
    details: counts.map(([state, n]) => [t.states[state as keyof typeof t.states], v.format.number(n)]),
    to: `queues/${segment(queue)}/${verb}`,
    fields: {},
    typed: queue,
    back: `queues/${segment(queue)}`,
    submit: isEmpty ? t.actions.empty : t.actions.deleteQueue,
    section: 'queues',
  })
}

export async function killPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const { name = '' } = c.params
  await c.access.need('worker:control', { worker: name })
  return confirmPage(v, {
    title: t.workers.killTitle(name),
    question: t.workers.killDetail,
    to: `workers/${segment(name)}/kill`,
    fields: {},
    back: 'workers',
    submit: t.actions.killJob,
    section: 'workers',
  })
}
