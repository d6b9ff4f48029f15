import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type Actor,
  type BulkRequest,
  enqueueByName,
  pauseCron,
  pauseQueue,
  runBulk,
} from '../../lib/dashboard/data/index.ts'
import { dashboard } from '../../lib/dashboard/index.ts'
import { Cron, configure, Queue } from '../../lib/index.ts'
import { storeOf } from '../kit/a-store.ts'
import { harness } from '../kit/harness.ts'
import { asking } from './kit.ts'

const h = harness()
const s = storeOf(h)
const ann: Actor = { who: 'ann', via: 'dashboard' }

describe('[S5] a queue that must not be seen', () => {
  async function hiding() {
    const secret = h.queue('secret')
    const open = h.queue('open')
    const hidden = await secret.with({ tags: ['both'] }).enqueue('./tasks#fail', 'under wraps')
    const shown = await open.with({ tags: ['both'], dependsOn: hidden }).enqueue('./tasks#add', 1, 2)
    await h.drain('secret')
    const app = dashboard({
      connection: h.url,
      prefix: h.prefix,
      authorize: (_, __, { queue }) => queue !== 'secret',
    })
    return { app, ask: asking(app), hidden, shown }
  }

  test('is in no list, no search, no count, no event, and answers 404', async () => {
    const { app, ask, hidden, shown } = await hiding()
    const paths = [
      '/',
      '/queues',
      '/jobs',
      '/jobs?tag=both',
      '/search?q=wraps',
      `/search?q=${hidden.id}`,
      '/failures',
      '/schedule',
      '/flows',
      '/workers',
      '/metrics-ui',
      '/system',
      `/jobs/${shown.id}?queue=open`,
      `/flows/job/${shown.id}?queue=open`,
      '/live.json',
      '/jobs.csv',
      '/audit.json',
      '/api/v1/overview',
      '/api/v1/queues',
      '/api/v1/jobs',
      '/api/v1/failures',
      '/api/v1/workers',
      `/api/v1/jobs/${shown.id}`,
    ]
    for (const path of paths) {
      const { status, text } = await ask(path)
      const told = text.replaceAll(
        /(value|href)="[^"]*search[^"]*"|name="q" value="[^"]*"|Jobs for “[^”]*”/g,
        '',
      )
      expect([path, status, told.match(/\bsecret\b|under wraps/)]).toEqual([path, 200, null])
    }
    for (const path of [
      '/metrics',
      '/queues/secret',
      '/jobs?queue=secret',
      `/jobs/${hidden.id}?queue=secret`,
      `/jobs/${hidden.id}`,
      '/api/v1/queues/secret',
      `/api/v1/jobs/${hidden.id}`,
      '/queues/secret/delete',
      '/metrics-ui?queue=secret',
    ]) {
      const { status, text } = await ask(path)
      expect([path, status === 404 || !text.includes('under wraps')]).toEqual([path, true])
    }
    expect((await ask('/queues/secret/pause', { form: {} })).status).toBe(404)
    expect(
      (await ask('/bulk', { form: { action: 'retry', ref: `${hidden.id}@secret`, confirmed: '1' } })).status,
    ).toBe(404)
    expect(
      (
        await ask('/bulk', {
          form: {
            action: 'retry',
            all: '1',
            filter: '{"state":"failed"}',
            at: '1',
            seen: '1',
            confirmed: '1',
          },
        })
      ).status,
    ).toBe(400)
    await app.close()
  })

  test('is in no finding, total, slow command or entry of the audit log', async () => {
    const { app, ask } = await hiding()
    for (const queue of ['secret', 'open']) {
      await h.queue(queue).enqueue('./tasks#nothing')
      await pauseQueue(s.store, queue, { reason: `${queue} is tired` }, ann)
    }
    await using cron = new Cron({ connection: h.url, prefix: h.prefix })
    for (const queue of ['secret', 'open']) {
      await cron.register({ name: `of-${queue}`, cron: '0 3 * * *', func: './tasks#nothing', queue })
      await pauseCron(s.store, `of-${queue}`, ann)
      await enqueueByName(s.store, queue, './tasks#nothing', '[]', ann).catch(() => {})
    }
    const retry = (selection: BulkRequest['selection'], queue?: string) =>
      runBulk(s.store, { action: queue ? 'move' : 'retry', selection, ...(queue && { queue }) }, ann)
    for (const refs of [['a@open'], ['b@secret'], ['c@open', 'd@open'], ['e@secret', 'f@open']])
      await retry({ refs })
    for (const queue of ['secret', 'open']) await retry({ refs: ['g@open'] }, queue)
    for (const queue of ['secret', 'open']) await retry({ filter: { queue, tag: 'none' }, at: 1, seen: 0 })
    await retry({ filter: { tag: 'none' }, at: 1, seen: 0 })
    const { text } = await ask('/system')
    expect(text).toContain('open is paused by ann: open is tired')
    expect(text).not.toMatch(/secret|Slow log/)
    const { json } = await ask('/api/v1/system')
    expect([JSON.stringify(json).includes('secret'), json.data.slow, json.data.keys.ours]).toEqual([
      false,
      [],
      2,
    ])
    expect(json.data.findings).toContainEqual(expect.objectContaining({ check: 'paused', subject: 'open' }))
    for (const path of ['/audit', '/audit.json', '/api/v1/audit']) {
      expect([path, (await ask(path)).text.includes('secret')]).toEqual([path, false])
    }
    const entries = (await ask('/api/v1/audit')).json.data.entries as { action: string; subject: string }[]
    expect(entries.map(({ action, subject }) => `${action} ${subject}`).reverse()).toEqual([
      'queue:pause open',
      'cron:pause of-open',
      'job:enqueue ./tasks#nothing in open',
      'job:retry a@open',
      'job:retry c@open and 1 more',
      'job:move g@open to open',
      'job:retry {"queue":"open","tag":"none"}',
    ])
    await app.close()
  })

  test('is not in the numbers of a cause that queues which are seen share with it', async () => {
    for (const queue of ['secret', 'open', 'other']) await h.queue(queue).enqueue('./tasks#fail', 'bad')
    await h.drain(['secret', 'open', 'other'])
    const app = dashboard({
      connection: h.url,
      prefix: h.prefix,
      authorize: (_, __, { queue }) => queue !== 'secret',
    })
    const ask = asking(app)
    const { json } = await ask('/api/v1/failures')
    expect(json.data).toMatchObject([{ jobs: 2, count: 2, queues: ['open', 'other'] }])
    const { text } = await ask('/failures')
    expect(text).toContain('Of the jobs that are failed now, 2 failed in the last 24 hours')
    await app.close()
  })
})

test('without Redis the page stays, says where and why, and readyz says so', async () => {
  const app = dashboard({ connection: 'redis://127.0.0.1:1', commandTimeout: '500ms' })
  const ask = asking(app)
  const { status, text } = await ask('/queues')
  expect(status).toBe(503)
  expect(text).toContain('Redis cannot be reached')
  expect(text).toContain('127.0.0.1:1')
  expect(text).toContain('Nothing listens at that address')
  expect(text).toContain('<meta http-equiv="refresh" content="5"')
  expect((await ask('/healthz')).status).toBe(200)
  expect((await ask('/readyz')).status).toBe(503)
  expect((await ask('/api/v1/queues')).json.error.code).toBe('REDIS_UNAVAILABLE')
  await app.close()
})

test('metrics for Prometheus are those of funq/metrics', async () => {
  await h.queue('mail').enqueue('./tasks#add', 1, 2)
  const app = dashboard({ connection: h.url, prefix: h.prefix })
  const { status, text } = await asking(app)('/metrics')
  expect(status).toBe(200)
  expect(text).toContain('rq_jobs{queue="mail",status="queued"} 1')
  await app.close()
})

test('what is configured once holds for a dashboard that is mounted, as for queues', async () => {
  onTestFinished(configure({ connection: h.url, prefix: h.prefix }))
  await using mail = new Queue('mail')
  await mail.enqueue('./tasks#add', 1, 2)
  const app = dashboard()
  const { json } = await asking(app)('/api/v1/queues/mail')
  expect(json.data.counts.queued).toBe(1)
  await app.close()
})
