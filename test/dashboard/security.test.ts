import { describe, expect, test } from 'vitest'
import { dashboard } from '../../lib/dashboard/index.ts'
import { CONTENT_SECURITY_POLICY } from '../../lib/dashboard/security/headers.ts'
import { Throttle } from '../../lib/dashboard/security/throttle.ts'
import { API, basic, made, PAGES } from './kit.ts'
import { sample } from './sample.ts'

const PASSWORD = 'correct horse battery'
const ANN = { user: 'ann', password: PASSWORD }
const TOKEN = 'c0ffee00c0ffee00c0ffee00'

describe('[S2] headers', () => {
  test.each(['/', '/jobs/none', '/api/v1/queues', '/healthz', '/live.json', '/assets/none'])(
    'of %s let in no script or style of others, no frame, and no cache',
    async (path) => {
      const { headers } = await made().ask(path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      )
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('cache-control')).toMatch(/no-store|no-cache/)
    },
  )

  test.each(PAGES)('%s needs nothing inline and nothing from elsewhere', async (path) => {
    const { text } = await made().ask(path)
    expect(text.match(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=|javascript:|https?:\/\//i)).toBeNull()
  })

  test('assets have their content in their names, and are kept for ever', async () => {
    const { ask } = made()
    const { text } = await ask('/')
    const names = [...text.matchAll(/assets\/([\w.]+)/g)].map((match) => match[1])
    expect(names).toHaveLength(3)
    for (const name of names) {
      const { status, headers } = await ask(`/assets/${name}`)
      expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    }
  })
})

describe('[S3] changes that other sites would send', () => {
  const pause = (headers: Record<string, string>, options = {}) =>
    made(options).ask('/queues/q/pause', { method: 'POST', headers: { 'sec-fetch-site': '', ...headers } })
  const without = async (headers: Record<string, string>, options = {}) => {
    const { app, data } = made(options)
    const response = await app.fetch(
      new Request('http://localhost:9182/queues/q/pause', {
        method: 'POST',
        headers: { host: 'localhost:9182', ...headers },
      }),
    )
    return { status: response.status, calls: data.calls }
  }

  test.each<[string, Record<string, string>, object, number]>([
    ['our own page', { 'sec-fetch-site': 'same-origin' }, {}, 303],
    ['another site', { 'sec-fetch-site': 'cross-site' }, {}, 403],
    ['another port of this site', { 'sec-fetch-site': 'same-site' }, {}, 403],
    ['the address bar', { 'sec-fetch-site': 'none' }, {}, 403],
    ['an old browser, our own page', { origin: 'http://localhost:9182' }, {}, 303],
    ['an old browser, another site', { origin: 'https://evil.example' }, {}, 403],
    ['a sandboxed frame', { origin: 'null' }, {}, 403],
    [
      'a forged X-Forwarded-Host',
      { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
      {},
      403,
    ],
    [
      'a proxy of ours',
      { origin: 'https://ops.example', 'x-forwarded-host': 'ops.example' },
      { trustProxy: true },
      303,
    ],
    [
      'an origin we trust',
      { origin: 'https://ops.example', 'sec-fetch-site': 'cross-site' },
      { trustedOrigins: ['https://ops.example'] },
      303,
    ],
    ['nobody knows who', {}, {}, 403],
    ['a script that says so', { 'x-rq-csrf': '1' }, {}, 303],
  ])('from %s', async (_, headers, options, expected) => {
    const { status, calls } = await without(headers, { ...options, insecureNoAuth: true })
    expect(status).toBe(expected)
    expect(calls).toHaveLength(expected === 303 ? 1 : 0)
  })

  test('with a token are let through: no browser sends one by itself', async () => {
    const { status } = await pause(
      { authorization: `Bearer ${TOKEN}`, 'sec-fetch-site': 'cross-site' },
      { auth: { token: TOKEN } },
    )
    expect(status).toBe(303)
  })

  test.each([...PAGES, ...API, '/jobs.csv', '/audit.json', '/live.json', '/healthz'])(
    'GET %s changes nothing',
    async (path) => {
      const { ask, data } = made()
      await ask(path)
      expect(data.calls.filter((call) => !call.startsWith('find'))).toEqual([])
    },
  )
})

describe('[S4] host names', () => {
  test.each([
    ['localhost', 200],
    ['127.0.0.1:9182', 200],
    ['[::1]:9182', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
  ])('%s', async (host, expected) => {
    expect((await made().ask('/', { headers: { host } })).status).toBe(expected)
  })

  test('that are listed are ours too', async () => {
    const { ask } = made({ hosts: ['rq.internal'] })
    expect((await ask('/', { headers: { host: 'rq.internal:8080' } })).status).toBe(200)
  })
})

describe('who asks', () => {
  test('is not told without auth in production, and the page says how', async () => {
    const { ask } = made({ production: true })
    const { status, text } = await ask('/')
    expect(status).toBe(403)
    expect(text).toContain('This dashboard is closed')
    expect(text).toContain('insecureNoAuth')
    expect(text).not.toContain('href="./queues"')
    expect((await ask('/api/v1/queues')).json.error.code).toBe('FORBIDDEN')
  })

  test.each(['x-forwarded-for', 'forwarded', 'x-real-ip'])(
    '[S4] is not this machine where %s is set',
    async (header) => {
      expect((await made().ask('/', { headers: { [header]: '127.0.0.1' } })).status).toBe(403)
    },
  )

  test('[S8] signs in by name and password', async () => {
    const { ask } = made({ auth: ANN, production: true })
    const without = await ask('/')
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="rq dashboard", charset="UTF-8"',
    ])
    expect((await ask('/', { headers: basic('ann', PASSWORD) })).status).toBe(200)
    expect((await ask('/', { headers: basic('ann', `${PASSWORD}x`) })).status).toBe(401)
    expect((await ask('/', { headers: basic('bob', PASSWORD) })).status).toBe(401)
    expect((await ask('/', { headers: { authorization: 'Basic %%%' } })).status).toBe(401)
  })

  test('[S8] waits after ten wrong passwords a minute from one address, with the right one too', async () => {
    const { ask } = made({ auth: ANN })
    const remoteAddress = '10.0.0.1'
    for (let i = 0; i < 10; i++) {
      expect((await ask('/', { headers: basic('ann', `wrong ${i}`), remoteAddress })).status).toBe(401)
    }
    const { status, headers } = await ask('/', { headers: basic('ann', PASSWORD), remoteAddress })
    expect([status, Number(headers.get('retry-after'))]).toEqual([429, expect.closeTo(60, -1)])
    expect((await ask('/', { headers: basic('ann', PASSWORD), remoteAddress: '10.0.0.2' })).status).toBe(200)
  })

  test('may come again when the minute is over', () => {
    let now = 0
    const throttle = new Throttle(() => now)
    for (let i = 0; i < 10; i++) throttle.failed('a')
    expect(throttle.waitFor('a')).toBe(60_000)
    now = 60_000
    expect(throttle.waitFor('a')).toBe(0)
  })

  test('is counted by what our own proxy says, not by what anyone can write', async () => {
    const { ask } = made({ auth: ANN, trustProxy: true })
    for (let i = 0; i < 10; i++) {
      const headers = { ...basic('ann', 'wrong'), 'x-forwarded-for': `1.1.1.${i}, 10.9.9.9` }
      await ask('/', { headers })
    }
    const again = { ...basic('ann', PASSWORD), 'x-forwarded-for': '2.2.2.2, 10.9.9.9' }
    expect((await ask('/', { headers: again })).status).toBe(429)
  })

  test('is found out by the app, which may lead to its own sign-in', async () => {
    const { ask } = made({
      auth: (request) => {
        const user = request.headers.get('x-user')
        return user ?? new Response(null, { status: 302, headers: { location: '/login' } })
      },
    })
    const { status, headers } = await ask('/')
    expect([status, headers.get('location')]).toEqual([302, '/login'])
    expect((await ask('/', { headers: { 'x-user': 'eve' } })).text).toContain('Signed in as eve')
  })

  test.each([
    [{ user: 'a', password: 'short' }, 'auth.password: expected at least 8'],
    [{ user: 'a:b', password: PASSWORD }, "expected a name without ':'"],
    [{ token: 'short' }, 'auth.token: expected at least 16'],
  ])('cannot be told by %o', (auth, message) => {
    expect(() => dashboard({ auth })).toThrow(message)
  })

  test('options that do not exist are refused', () => {
    expect(() => dashboard({ readonly: true } as never)).toThrow("Did you mean 'readOnly'?")
    expect(() => dashboard({ trustedOrigins: ['ops.example'] })).toThrow('expected origins such as')
    expect(() => dashboard({ basePath: '/rq/' })).toThrow('without a slash at its end')
  })
})

describe('[S5] what a user may do', () => {
  const CHANGES: readonly (readonly [string, Record<string, string>])[] = [
    ['/queues/reports/pause', {}],
    ['/queues/reports/resume', {}],
    ['/queues/reports/enqueue', { func: 'f', args: '[]' }],
    ['/queues/reports/empty', { typed: 'reports' }],
    ['/queues/reports/delete', { typed: 'reports' }],
    ['/jobs/job-5/retry', { queue: 'reports' }],
    ['/jobs/job-5/edit', { queue: 'reports', args: '[]' }],
    ['/bulk', { action: 'delete', ref: 'a@reports', confirmed: '1' }],
    ['/workers/w/stop', {}],
    ['/schedule/nightly/run', {}],
  ]

  test.each(CHANGES)('POST %s is refused on the server where authorize says no', async (path, form) => {
    const { ask, data } = made({ authorize: (_, action) => action.endsWith(':view') })
    expect([403, 404]).toContain((await ask(path, { form })).status)
    expect(
      (await ask(`/api/v1${path}`, { json: { ...form, confirm: 'reports', refs: ['a@reports'] } })).status,
    ).toSatisfy((status: number) => status === 403 || status === 404)
    expect(data.calls.filter((call) => !call.startsWith('find'))).toEqual([])
  })

  test.each(CHANGES)('POST %s is 405 where nothing may be changed, with the reason', async (path, form) => {
    const { ask, data } = made({ readOnly: true })
    const { status, headers, text } = await ask(path, { form })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(text).toContain('this dashboard is read-only')
    expect(data.calls).toEqual([])
  })

  test('pages of a read-only dashboard offer nothing', async () => {
    const { ask } = made({ readOnly: true })
    for (const path of ['/queues', '/jobs', '/jobs/job-5?queue=mail.bulk', '/workers', '/schedule']) {
      const { text } = await ask(path)
      const forms = [...text.matchAll(/<form method="post" action="([^"]*)"/g)].map((match) => match[1])
      expect(forms.filter((action) => !action!.endsWith('preferences'))).toEqual([])
    }
    expect((await ask('/preferences', { form: { theme: 'dark' } })).status).toBe(303)
  })

  test('only what authorize allows is offered', async () => {
    const { ask } = made({ authorize: (_, action) => action !== 'worker:control' && action !== 'audit:view' })
    const { text } = await ask('/workers')
    expect(text).not.toContain('workers/web-0.4711/stop')
    expect(text).not.toContain('href="./audit"')
    for (const path of ['/audit', '/audit.json']) expect((await ask(path)).status).toBe(403)
  })
})

describe('[S8] secrets', () => {
  const args = JSON.stringify([
    { password: 'hunter2', nested: { api_key: 'k-123' }, url: 'redis://u:pw@h', note: 'Bearer abcdefghijkl' },
  ])

  test('are hidden on pages, in the API and in exports', async () => {
    const text = (field: string, plain: string) =>
      field === 'preview' || field === 'error' || field === 'log' ? `send({ password: 'hunter2' })` : plain
    const { ask } = made({}, sample({ args, text }))
    for (const path of [
      '/jobs/job-5?queue=mail.bulk',
      '/jobs',
      '/api/v1/jobs/job-5?queue=q',
      '/api/v1/jobs',
      '/jobs.csv',
      '/audit.json',
      '/workers',
      '/schedule',
    ]) {
      const { status, text } = await ask(path)
      expect([path, status, text.match(/hunter2|k-123|u:pw|abcdefghijkl/)]).toEqual([path, 200, null])
    }
  })

  test('are shown to who may reveal them and asks for it', async () => {
    const { ask } = made({ reveal: true }, sample({ args }))
    expect((await ask('/jobs/job-5?queue=mail.bulk')).text).not.toContain('hunter2')
    expect((await ask('/jobs/job-5?queue=mail.bulk&reveal=1')).text).toContain('hunter2')
    const { ask: other } = made({}, sample({ args }))
    expect((await other('/jobs/job-5?queue=mail.bulk&reveal=1')).text).not.toContain('hunter2')
    expect((await other('/jobs/job-5/payload/args?queue=mail.bulk')).status).toBe(403)
  })

  test('are never what an edited job is made of', async () => {
    const hidden = await made({}, sample({ args })).ask('/jobs/job-5/edit?queue=mail.bulk')
    expect(hidden.text).not.toContain('<textarea')
    const shown = await made({ reveal: true }, sample({ args })).ask('/jobs/job-5/edit?queue=mail.bulk')
    expect(shown.text).toContain('hunter2')
    const plain = await made({}, sample({ args: '[1]' })).ask('/jobs/job-5/edit?queue=mail.bulk')
    expect(plain.text).toContain('<textarea')
  })

  test('may have names of your own', async () => {
    const { ask } = made({ redactKeys: ['patientName'] }, sample({ args: '[{"patient_name":"Ann Other"}]' }))
    expect((await ask('/jobs/job-5?queue=mail.bulk')).text).not.toContain('Ann Other')
  })
})

test('[S2] the policy has no exception', () => {
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*|http/)
})
