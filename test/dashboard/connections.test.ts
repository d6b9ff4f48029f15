import { expect, onTestFinished, test } from 'vitest'
import { type DashboardOptions, dashboard } from '../../lib/dashboard/index.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'
import { asking, basic } from './kit.ts'

const h = harness()

/** One dashboard over two places of this test's Redis. */
function both(options: DashboardOptions = {}) {
  const app = dashboard({
    connections: {
      live: { connection: REDIS_URL, prefix: h.prefix },
      staging: { connection: REDIS_URL, prefix: `${h.prefix}-s` },
    },
    production: false,
    ...options,
  })
  onTestFinished(() => app.close())
  return asking(app)
}

test('each server has its pages below its name, and a switch to the others', async () => {
  await h.queue('only-live').enqueue('./tasks#nothing')
  const ask = both()
  const live = await ask('/live/queues')
  expect(live.text).toContain('only-live')
  expect(live.text).toContain('<title>Queues · rq · live</title>')
  expect(live.text).toMatch(/<a href="\.\.?\/\.\.\/live\/" aria-current="true">live<\/a>/)
  const [, other] = /<a href="([^"]+)">staging<\/a>/.exec(live.text)!
  const { pathname } = new URL(other!, 'http://x/live/queues')
  expect(pathname).toBe('/staging/')
  const staging = await ask('/staging/queues')
  expect([staging.status, staging.text.includes('only-live')]).toEqual([200, false])
})

test('what is done in one is done there only', async () => {
  await h.queue('q').enqueue('./tasks#nothing')
  const ask = both()
  const { status, headers } = await ask('/live/queues/q/pause', { form: { back: 'queues' } })
  expect(status).toBe(303)
  const back = new URL(headers.get('location')!, 'http://x/live/queues/q/pause').pathname
  expect(back).toBe('/live/queues')
  const pauses = async (name: string) =>
    (await ask(`/${name}/api/v1/queues`)).json.data.map((row: { pauses: unknown[] }) => row.pauses.length)
  expect([await pauses('live'), await pauses('staging')]).toEqual([[1], []])
})

test.each([
  ['/', '', '/live/'],
  ['/admin/rq', '/admin/rq', '/admin/rq/live/'],
  ['/admin/rq/', '/admin/rq', '/admin/rq/live/'],
])('%s below %j leads to the first one', async (path, basePath, expected) => {
  const { status, headers } = await both()(path, { basePath })
  expect([status, new URL(headers.get('location')!, `http://x${path}`).pathname]).toEqual([302, expected])
})

test('other names are 404, and the rules hold for each', async () => {
  const ask = both({ auth: { user: 'ops', password: 'secret-enough' } })
  expect((await ask('/production/')).status).toBe(404)
  expect((await ask('/live/')).status).toBe(401)
  expect((await ask('/staging/', { headers: basic('ops', 'secret-enough') })).status).toBe(200)
  expect((await ask('/live/', { headers: { host: 'evil.example', ...basic('ops', 'x') } })).status).toBe(401)
})

test('is ready once each server answers', async () => {
  expect((await both()('/readyz')).status).toBe(200)
  const ask = both({
    connections: { up: REDIS_URL, down: 'redis://127.0.0.1:1' },
    commandTimeout: '200ms',
  })
  expect([(await ask('/healthz')).status, (await ask('/readyz')).status]).toEqual([200, 503])
})

test.each([
  [{}, 'connections: expected names'],
  [{ 'a b': REDIS_URL }, 'got "a b"'],
  [{ '..': REDIS_URL }, 'got ".."'],
])('%j is refused', (connections, said) => {
  expect(() => dashboard({ connections })).toThrow(said)
  expect(() => dashboard({ connections: { a: REDIS_URL }, connection: REDIS_URL })).toThrow('got both')
})
