import { describe, expect, test } from 'vitest'
import { timeOf, typedTime } from '../../lib/dashboard/time-of.ts'
import type { RedisStore } from '../../lib/redis/store.ts'
import { API, made, PAGES } from './kit.ts'
import { sample } from './sample.ts'

describe('pages', () => {
  test.each(PAGES)('%s is there, whole, and has one heading', async (path) => {
    const { ask } = made()
    const { status, text } = await ask(path)
    expect(status).toBe(200)
    expect(text.slice(0, 60)).toMatch(/^<!doctype html><html lang="en"/)
    expect(text.match(/<h1/g)).toHaveLength(1)
    expect(text).toMatch(/<title>[^<]+ · rq<\/title>/)
    // What was forgotten shows up as one of these.
    expect(text.match(/undefined|\[object|NaN|Invalid Date/)).toBeNull()
  })

  test.each(PAGES)('%s has only links that stay below where it is mounted', async (path) => {
    const { ask } = made()
    const { text } = await ask(path)
    const links = [...text.matchAll(/(?:href|src|action)="([^"]*)"/g)].map((match) => match[1]!)
    expect(links.length).toBeGreaterThan(10)
    for (const link of links) {
      if (link.startsWith('#')) continue
      const url = new URL(link.replaceAll('&amp;', '&'), `http://x/admin/rq${path}`)
      expect(`${url.origin}${url.pathname}`).toMatch(/^http:\/\/x\/admin\/rq\//)
    }
  })

  test.each(API)('%s answers JSON under the name of its shape', async (path) => {
    const { ask } = made()
    const { status, json, headers } = await ask(path)
    expect(status).toBe(200)
    expect(json.schema).toMatch(/^rq\.[a-z]+\/1$/)
    expect(json.data).toBeDefined()
    expect(headers.get('content-type')).toContain('application/json')
  })

  test('however much is wrong, as many workers silent, is told by the worst of it and by how much more there is', async () => {
    const data = sample()
    const problem = {
      level: 'warning',
      code: 'silent-worker',
      message: 'gone',
      hint: null,
      subject: 'w',
    } as const
    const overview = { ...(await data.readOverview({} as RedisStore)), problems: Array(500).fill(problem) }
    const finding = { check: 'silent-worker', level: 'warning', message: 'gone' } as const
    const system = { ...(await data.readSystem({} as RedisStore)), findings: Array(500).fill(finding) }
    const { ask } = made({}, { ...data, readOverview: async () => overview, readSystem: async () => system })
    expect((await ask('/')).text).toContain('and 480 more')
    expect((await ask('/system')).text).toContain('and 450 more')
  })

  test('the JSON of a flow begins at the job of the queue that was named', async () => {
    const data = sample()
    const asked: unknown[] = []
    const readFlow: typeof data.readFlow = (store, of) => {
      asked.push(of)
      return data.readFlow(store, of)
    }
    const { ask } = made({}, { ...data, readFlow })
    await ask('/api/v1/flows/job/job-5?queue=mail.bulk')
    await ask('/api/v1/flows/group/g1')
    expect(asked).toEqual([{ job: 'job-5', queue: 'mail.bulk' }, { group: 'g1' }])
  })

  test('what is not there is 404, as a page and for programs', async () => {
    const { ask } = made()
    for (const path of ['/nothing', '/jobs/none', '/queues/none', '/flows/job/none', '/operations/x']) {
      expect([path, (await ask(path)).status]).toEqual([path, 404])
    }
    const { status, json } = await ask('/api/v1/jobs/none')
    expect([status, json.error.code]).toEqual([404, 'NOT_FOUND'])
  })

  test('a flow offers to release what a failed job blocks, and asks once more', async () => {
    const { ask, data } = made()
    const { text } = await ask('/flows/job/job-5?queue=default')
    const form = text.split('<form').find((each) => each.includes('value="release"'))!
    const blocked = [...form.matchAll(/name="ref" value="([^"]*)"/g)].map((match) => match[1]!)
    expect(blocked).toEqual([expect.stringContaining('job-5')])
    const asked = await ask('/bulk', { form: { action: 'release', ref: 'job-5@default' } })
    expect(asked.text).toContain('Release 1 job? They go on without the jobs that failed')
    expect(data.calls).toEqual([])
    const strict = made({ authorize: (_, action) => action !== 'job:move' })
    expect((await strict.ask('/flows/job/job-5?queue=default')).text).not.toContain('value="release"')
    const confirmed = { action: 'release', ref: 'job-5@default', confirmed: '1' }
    expect((await strict.ask('/bulk', { form: confirmed })).status).toBe(403)
    expect(strict.data.calls).toEqual([])
  })

  test('a worker whose event loop stood still stands out', async () => {
    const { ask } = made()
    const { text } = await ask('/workers')
    expect(text).toContain('<td class="n wider warn">4 ms<span class="small nowrap"> up to 1.2 sec</span>')
    // Where there is no room for columns, below its name.
    const [, below] = /<span class="small muted narrower">(.*?)<\/th>/.exec(
      text.slice(text.indexOf('web-1.4711')),
    )!
    expect(below!.replaceAll(/<[^>]*>/g, '')).toBe(
      'Finished 12,345 · Memory 93.5 MB · Loop lag (p99) 4 ms up to 1.2 sec',
    )
    expect(text).toContain('<td class="n wider">3 ms</td>')
    expect(text).not.toContain('up to 20 ms')
  })

  test('an id in the search box leads to its job', async () => {
    const { ask } = made()
    const { status, headers } = await ask('/search?q=job-1')
    expect([status, headers.get('location')]).toEqual([302, './jobs/job-1?queue=mail.bulk'])
  })

  test('a filter that cannot be read is refused with what is wrong', async () => {
    const { ask } = made()
    const { status, text } = await ask('/jobs?state=done')
    expect([status, text]).toEqual([400, expect.stringContaining('state: expected one of queued')])
    expect((await ask('/jobs?from=yesterday')).text).toContain('from: expected a time such as -1h')
  })

  test('a part of a page comes without its frame', async () => {
    const { ask } = made()
    const { text } = await ask('/jobs?_part=1')
    expect(text).toMatch(/^<!doctype html><main>/)
    expect(text).toContain('data-live="rows"')
    expect(text).not.toContain('<nav class="nav"')
  })

  test('is in the language that the browser asks for, or that was chosen', async () => {
    const { ask } = made()
    const chinese = await ask('/', { headers: { 'accept-language': 'fr, zh;q=0.8, en;q=0.5' } })
    expect(chinese.text.includes('<html lang="zh-CN"')).toBe(true)
    const english = await ask('/', { headers: { 'accept-language': 'zh', cookie: 'rq_language=en' } })
    expect(english.text).toContain('<html lang="en"')
  })

  test('preferences are kept in cookies, and only those that there are', async () => {
    const { ask } = made()
    const { status, headers } = await ask('/preferences', {
      form: { theme: 'dark', language: 'xx', zone: 'utc', back: 'jobs?state=failed' },
    })
    expect([status, headers.get('location')]).toEqual([303, './jobs?state=failed&done=preferences'])
    expect(headers.getSetCookie().map((cookie) => cookie.split(';')[0])).toEqual([
      'rq_theme=dark',
      'rq_zone=utc',
    ])
    expect((await ask('/', { headers: { cookie: 'rq_theme=dark' } })).text).toContain('data-theme="dark"')
  })

  test('times are in the zone of the browser, or in UTC', async () => {
    const { ask } = made()
    const zoned = await ask('/audit', { headers: { cookie: 'rq_tz=Asia%2FTokyo' } })
    expect(zoned.text).toContain('2026-05-01 20:59:55<')
    const utc = await ask('/audit', { headers: { cookie: 'rq_tz=Asia%2FTokyo; rq_zone=utc' } })
    expect(utc.text).toContain('2026-05-01 11:59:55 UTC<')
  })

  test('times are read in the zone that they are shown in, and say so where they are typed', async () => {
    const cookie = 'rq_tz=Asia%2FTokyo'
    const { ask, data } = made()
    const jobs = await ask('/jobs?from=2026-05-01&to=2026-05-01+12:00Z', { headers: { cookie } })
    expect(jobs.text).toContain('From (Asia/Tokyo)')
    const [from, to] = [Date.UTC(2026, 3, 30, 15), Date.UTC(2026, 4, 1, 12)]
    expect(data.calls).toEqual([`find {"from":${from},"to":${to}}`])
    const form = { queue: 'mail', at: '2026-05-01 12:00' }
    await ask('/jobs/job-5/reschedule', { form, headers: { cookie } })
    expect(data.calls.at(-1)).toContain(`"dueAt":${Date.UTC(2026, 4, 1, 3)}`)
    await ask('/jobs/job-5/reschedule', { form, headers: { cookie: `${cookie}; rq_zone=utc` } })
    expect(data.calls.at(-1)).toContain(`"dueAt":${Date.UTC(2026, 4, 1, 12)}`)
    // Programs read no page.
    await ask('/api/v1/jobs?from=2026-05-01', { headers: { cookie } })
    expect(data.calls.at(-1)).toContain(`"from":${Date.UTC(2026, 4, 1)}`)
  })

  test.each([
    [Date.UTC(2026, 4, 1, 10), 'Europe/Berlin', '2026-05-01 12:00'],
    [Date.UTC(2026, 0, 1, 10, 0, 5), 'Europe/Berlin', '2026-01-01 11:00:05'],
    [Date.UTC(2026, 2, 29, 1), 'Europe/Berlin', '2026-03-29 03:00'],
    [Date.UTC(2026, 9, 25, 0, 30), 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
    [Date.UTC(2026, 9, 25, 1, 30), 'Europe/Berlin', '2026-10-25 02:30'],
    [Date.UTC(2026, 4, 1, 10, 0, 0, 7), 'UTC', '2026-05-01T10:00:00.007Z'],
  ])('%d is typed in %s as %s, and read so', (at, zone, text) => {
    expect([typedTime(at, zone), timeOf(text, 'at', 0, zone)]).toEqual([text, at])
  })

  test.each(['//evil.example', 'https://evil.example', '/\\evil.example', '../../up', 'javascript:alert(1)'])(
    'nobody is led away to %s',
    async (back) => {
      const { ask } = made()
      const { headers } = await ask('/preferences', { form: { back } })
      expect(new URL(headers.get('location')!, 'http://x/rq/preferences').href).toMatch(/^http:\/\/x\/rq\//)
    },
  )
})

describe('where it is mounted', () => {
  test('its own address without a slash is the overview, with links that work', async () => {
    const { ask } = made()
    const { status, text } = await ask('/admin/rq', { basePath: '/admin/rq' })
    expect(status).toBe(200)
    expect(text.includes('href="./rq/queues"')).toBe(true)
  })

  test('what is elsewhere is none of its business', async () => {
    const { ask } = made({ basePath: '/admin/rq' })
    expect((await ask('/admin/rqx')).status).toBe(404)
    expect((await ask('/admin/rq/queues')).status).toBe(200)
  })
})

test.each([
  ['/failures', 'en', 'Of the jobs that are failed now, 46 failed in the last 24 hours'],
  ['/failures', 'zh', '当前失败的任务中，有 46 个在最近 24 小时内失败'],
  ['/failures/3f2a9c10', 'en', 'Of the jobs that are failed now, 46 failed in the last 24 hours'],
  ['/schedule', 'en', 'The last 4 runs: 1 no longer kept, 2 finished, and 1 failed'],
  ['/schedule', 'zh', '最近 4 次运行：1 次记录已不保留、2 次已完成和1 次失败'],
])('%s (%s) draws what was, and says it', async (path, language, words) => {
  const { text } = await made().ask(path, { headers: { 'accept-language': language } })
  const [, drawn = ''] = new RegExp(`role="img" aria-label="${words}">(.*?)</(?:td|dd)>`).exec(text) ?? []
  if (path === '/schedule') {
    const marks = [...drawn.matchAll(/class="s-(\w+)" title="2026-[^"]+"/g)].map(([, state]) => state)
    expect(marks).toEqual(['gone', 'finished', 'failed', 'finished'])
  } else expect(drawn).toMatch(/<path class="line bad" d="M[\d L]+"/)
})

test.each([
  ['/queues/reports?state=failed', 'Oldest first', 'order=oldest'],
  ['/queues/reports?state=queued', 'Newest first', 'order=newest'],
  ['/jobs?state=failed&order=oldest', 'Newest first', 'order=newest'],
])('%s can be turned around', async (path, label, query) => {
  const { text } = await made().ask(path)
  const [, href = ''] = new RegExp(`<a class="button quiet" href="([^"]*)">${label}</a>`).exec(text) ?? []
  expect(href).toContain(query)
  expect(
    (
      await made().ask(
        new URL(href.replaceAll('&amp;', '&'), `http://x${path}`).href.slice('http://x'.length),
      )
    ).status,
  ).toBe(200)
})

test('the lines of a job’s log stand with their times, and with where they are from', async () => {
  const { text } = await made().ask('/jobs/job-5?queue=mail.bulk')
  expect(text).toContain('<span class="muted">2026-05-01 11:56:50 </span><bdi>connecting …</bdi>\n')
  expect(text).toContain('<span class="warn">stderr: </span><bdi>token=•••</bdi>\n')
})

test.each([
  ['./tasks#send', './tasks#send'],
  ['tasks.send', './tasks#send'],
  ['send', './tasks#send'],
  // Both have it.
  ['tasks', 'tasks'],
])('metrics of %s are those of %s', async (typed, func) => {
  const data = sample()
  const asked: unknown[] = []
  const readMetrics: typeof data.readMetrics = (store, query) => {
    asked.push(query.func)
    return data.readMetrics(store, query)
  }
  const { text } = await made({}, { ...data, readMetrics }).ask(
    `/metrics-ui?func=${encodeURIComponent(typed)}`,
  )
  expect(asked).toEqual([func])
  expect(text).toContain('<option value="./tasks#report">')
})

test('nobody enqueues a function that was not chosen: some that are listed could not be loaded', async () => {
  expect((await made().ask('/queues/reports')).text).toContain(
    '<select name="func" required=""><option value="">',
  )
})

test('arguments that are cut say what it takes to read on, and hide nothing', async () => {
  const data = sample()
  const readJob: typeof data.readJob = async (store, id, queue) => {
    const job = (await data.readJob(store, id, queue))!
    const args = { text: '["a', bytes: 20_000, isCut: true }
    const result = { text: 'EPayloadTooLargeError: 9 bytes', bytes: 30, isCut: false }
    return { ...job, payloads: { ...job.payloads, args, result } }
  }
  const path = '/jobs/job-5?queue=mail.bulk'
  const { text } = await made(
    { authorize: (_, action) => action !== 'job:reveal' },
    { ...data, readJob },
  ).ask(path)
  expect(text).toContain('The first 16 KB of 19.5 KB. To read the rest you need the right job:reveal.')
  expect(text).not.toContain('looks like a secret')
  expect(text).toContain(
    'its result could not be kept:</p><pre class="code">PayloadTooLargeError: 9 bytes</pre>',
  )
  const { json } = await made({}, { ...data, readJob }).ask(`/api/v1${path}`)
  expect(json.data.payloads.result).toEqual({
    bytes: 30,
    isCut: false,
    text: 'PayloadTooLargeError: 9 bytes',
    isLost: true,
  })
})

test('the system page tells jobs from keys', async () => {
  expect((await made().ask('/system')).text).toContain('<dt>Jobs</dt><dd><bdi>900</bdi>')
})

test('a job leads to its trace, where it is known where traces are, and never to a script', async () => {
  const TRACE = '0af7651916cd43dd8448eb211c80319c'
  const shown = async (traceUrl?: (id: string) => string) =>
    (await made(traceUrl ? { traceUrl } : {}).ask('/jobs/job-5?queue=mail.bulk')).text
  expect(await shown()).toContain(`<span data-copy="true"><code class="wrap">${TRACE}</code></span>`)
  expect(await shown((id) => `https://jaeger.example.com/trace/${id}`)).toContain(
    `<a href="https://jaeger.example.com/trace/${TRACE}">`,
  )
  expect(await shown(() => 'javascript:alert(1)')).not.toContain('javascript:')
})

test('the audit log can be taken along, and hides what its page hides', async () => {
  const data = sample({ text: (field, plain) => (field === 'note' ? 'password=hunter2' : plain) })
  const { ask } = made({}, data)
  expect((await ask('/audit')).text).toContain('href="./audit.json"')
  const { status, json, text, headers } = await ask('/audit.json')
  expect([status, json.schema, json.data.entries.length > 0]).toEqual([200, 'rq.audit/1', true])
  expect(headers.get('content-disposition')).toContain('attachment')
  expect(text).not.toContain('hunter2')
})
