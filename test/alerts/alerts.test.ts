import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Alert, type AlertOptions, watchAlerts } from '../../lib/alerts/index.ts'
import { call } from '../../lib/index.ts'
import { readErrors } from '../../lib/queue/find/errors.ts'
import { openStore } from '../../lib/queue/open-store.ts'
import { snooze, wake } from '../../lib/redis/snoozed.ts'
import { shiftFields } from '../kit/elapse.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

function watch(options: AlertOptions = {}) {
  const told: Alert[] = []
  const tell = (alert: Alert) => void told.push(alert)
  const alerts = watchAlerts({
    connection: h.url,
    prefix: h.prefix,
    onDead: tell,
    onGroupNew: tell,
    onQueueStalled: tell,
    ...options,
  })
  onTestFinished(() => alerts.close())
  return { told, alerts }
}

test('a new cause is told once, and then how many jobs it has ended since', async () => {
  const q = h.queue()
  await q.enqueue('./tasks#fail', 'no paper')
  await h.drain()
  const { told, alerts } = watch()
  await alerts.runOnce()
  expect(told).toEqual([])
  await q.enqueue('./tasks#fail', 'no paper')
  await q.enqueue('./tasks#nothing')
  await h.drain()
  await alerts.runOnce()
  const cause = { name: 'TypeError', queues: ['q'], functions: ['./tasks#fail'], jobs: 1 }
  expect(told).toMatchObject([{ type: 'dead', ...cause }])
})

test('jobs of one cause are one alert, those of a cause that is not known two', async () => {
  const { told, alerts } = watch()
  await alerts.runOnce()
  const q = h.queue()
  await q.enqueue('./tasks#fail', 'no paper')
  await q.enqueue('./tasks#fail', 'no paper')
  await h.drain()
  await alerts.runOnce()
  expect(told.map((alert) => [alert.type, alert.jobs])).toEqual([
    ['groupNew', 2],
    ['dead', 2],
  ])
  expect(await alerts.runOnce()).toEqual([])
  await q.enqueue('./tasks#fail', 'no paper')
  await h.drain()
  expect(await alerts.runOnce()).toMatchObject([{ type: 'dead', jobs: 1 }])
})

test('what became of earlier jobs of a cause hides none that fails now', async () => {
  const [a, b] = [h.queue('a'), h.queue('b')]
  for (const q of [a, a, b]) await q.enqueue('./tasks#fail', 'no paper')
  await h.drain(['a', 'b'])
  const { alerts } = watch()
  await alerts.runOnce()
  for (const job of await a.jobs('failed')) await job.delete()
  await b.enqueue('./tasks#fail', 'no paper')
  await h.drain('b')
  expect(await alerts.runOnce()).toMatchObject([{ type: 'dead', jobs: 1, queues: ['b'] }])
  // No job is failed for it now, and it is no new one for that.
  for (const job of await b.jobs('failed')) await job.requeue()
  expect(await alerts.runOnce()).toEqual([])
  await h.drain('b')
  expect(await alerts.runOnce()).toMatchObject([{ type: 'dead', jobs: 2 }])
})

test('a cause that few jobs fail for is told among many that more do', async () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz'.split('')
  const words = letters.flatMap((a) => letters.slice(0, 20).map((b) => `no ${a}${b}`))
  const big = h.queue('big')
  await big.enqueueMany([...words, ...words].map((word) => call('./tasks#fail', word)))
  await h.drain('big', { isolation: 'none', concurrency: 100 })
  const { alerts } = watch()
  await alerts.runOnce()
  await h.queue().enqueue('./tasks#fail', 'no paper')
  await h.drain()
  expect(await alerts.runOnce()).toMatchObject([{ type: 'groupNew', message: 'no paper' }, { type: 'dead' }])
})

test('what failed while its cause was snoozed is not told afterwards', async () => {
  const q = h.queue()
  const fail = async () => {
    await q.enqueueMany([call('./tasks#fail', 'no paper'), call('./tasks#fail', 'no paper')])
    await h.drain()
  }
  await fail()
  const { alerts } = watch()
  await alerts.runOnce()
  const { store, release } = openStore({ connection: h.url, prefix: h.prefix })
  onTestFinished(release)
  const [cause] = await readErrors(store)
  await snooze(store, cause!.fingerprint, 60_000)
  await fail()
  expect(await alerts.runOnce()).toEqual([])
  await wake(store, cause!.fingerprint)
  await fail()
  expect(await alerts.runOnce()).toMatchObject([{ type: 'dead', jobs: 2 }])
})

test('a queue that stands still is told once, until it has moved on; a paused one is not', async () => {
  const { alerts } = watch({ stalledAfter: '1m' })
  const q = h.queue()
  const job = await q.enqueue('./tasks#nothing')
  await shiftFields(h.redis, `${h.base('q')}job:${job.id}`, 90_000)
  await q.pause()
  expect(await alerts.runOnce()).toEqual([])
  await q.resume()
  const [stalled, ...others] = await alerts.runOnce()
  expect([stalled, others]).toMatchObject([{ type: 'queueStalled', queue: 'q', jobs: 1 }, []])
  expect((stalled as { waitedMs: number }).waitedMs).toBeGreaterThan(89_000)
  expect(await alerts.runOnce()).toEqual([])
  await h.drain()
  expect(await alerts.runOnce()).toEqual([])
})

/** What posts to it, and what it answers them. */
async function receiver(...answers: (number | [status: number, headers: Record<string, string>])[]) {
  const got: { body: string; signature: string | undefined }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    got.push({ body, signature: request.headers['rq-signature'] as string | undefined })
    const [status, headers] = [answers.shift() ?? 204].flat() as [number, Record<string, string>?]
    response.writeHead(status, headers).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got }
}

test('alerts are posted and signed; one that is refused is sent again with the next look', async () => {
  const secret = 'a secret of the tests'
  const { url, got } = await receiver(500)
  const errors: string[] = []
  const { alerts, told } = watch({
    webhook: { url, secret },
    onError: ({ message }) => void errors.push(message),
    onDead() {
      throw new Error('as hooks may')
    },
  })
  await alerts.runOnce()
  await h.queue().enqueue('./tasks#fail')
  await h.drain()
  await alerts.runOnce()
  expect(errors).toEqual(['as hooks may', expect.stringContaining('to answer 2xx to an alert, got 500')])
  // One that does not answer would have every alert wait for it.
  expect(got).toHaveLength(1)
  await alerts.runOnce()
  const types = got.map(({ body }) => JSON.parse(body).type)
  expect(types).toEqual(['groupNew', 'dead', 'groupNew'])
  expect(JSON.parse(JSON.stringify(told[0]))).toEqual(JSON.parse(got[2]!.body))
  for (const { body, signature } of got) {
    const [, seconds, hmac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature!)!
    expect(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')).toBe(hmac)
  }
})

test('a redirect is no answer, and who cannot be reached is told by its host alone', async () => {
  const { url, got } = await receiver([302, { location: '/elsewhere' }])
  const errors: Error[] = []
  const onError = (error: Error) => void errors.push(error)
  const one = watch({ webhook: { url }, onError }).alerts
  const other = watch({ webhook: { url: 'http://127.0.0.1:1/of/a/secret' }, onError }).alerts
  await Promise.all([one.runOnce(), other.runOnce()])
  await h.queue().enqueue('./tasks#fail')
  await h.drain()
  await one.runOnce()
  await other.runOnce()
  expect(got).toHaveLength(1)
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining('to answer 2xx to an alert, got 302'),
    'expected 127.0.0.1:1 to take an alert, got bad port',
  ])
})

test('an onError that fails as well keeps nothing from being told', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => said.mockRestore())
  const { url, got } = await receiver()
  const fail = () => {
    throw new Error('as hooks may')
  }
  const { alerts } = watch({ webhook: { url }, onGroupNew: fail, onError: fail })
  await alerts.runOnce()
  await h.queue().enqueue('./tasks#fail')
  await h.drain()
  expect(await alerts.runOnce()).toHaveLength(2)
  expect(got).toHaveLength(2)
  expect(said).toHaveBeenCalledOnce()
})

test('a watch that is closed says so', async () => {
  const { alerts } = watch()
  await alerts.close()
  await alerts.close()
  await expect(alerts.runOnce()).rejects.toThrow('this watch of alerts is closed')
})

test('a Redis that is away is told, and the watch goes on', async () => {
  const errors: Error[] = []
  const { alerts } = watch({
    connection: 'redis://127.0.0.1:1',
    commandTimeout: '200ms',
    onError: (error) => void errors.push(error),
  })
  await expect(alerts.runOnce()).rejects.toThrow('127.0.0.1:1')
  expect(errors).toHaveLength(1)
})

test('what cannot be is refused', () => {
  expect(() => watchAlerts({ onDed: () => {} } as never)).toThrow("Did you mean 'onDead'")
  expect(() => watchAlerts({ onDead: 'mail' as never })).toThrow('onDead: expected a function')
  expect(() => watchAlerts({ webhook: { url: 'ftp://x' } })).toThrow('expected an http or https URL')
  expect(() => watchAlerts({ webhook: { url: 'http://x', secret: 'short' } })).toThrow(
    'at least 16 characters',
  )
  expect(() => watchAlerts({ webhook: { url: 'http://ann:pass@x' } })).toThrow(
    'expected a URL without a user and a password, got one for x',
  )
  expect(() => watchAlerts({ webhook: { url: 'http://x', headers: { 'a b': '' } } })).toThrow(
    'webhook.headers: ',
  )
  // A timer of more would go off at once, again and again.
  for (const every of [0.1, '25d'])
    expect(() => watchAlerts({ every })).toThrow('every: expected 1 s to 24 days')
})
