import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Alert, type AlertOptions, watchAlerts } from '../../lib/alerts/index.ts'
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

test('a queue that stands still is told once, until it has moved on; a paused one is not', async () => {
  const { alerts } = watch({ stalledAfter: '1m' })
  const q = h.queue()
  const job = await q.enqueue('./tasks#nothing')
  await h.redis.hincrby(`${h.base('q')}job:${job.id}`, 'at', -90_000)
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

test('alerts are posted and signed; one that is refused is sent again with the next look', async () => {
  const secret = 'a secret of the tests'
  const got: { body: string; signature: string | undefined }[] = []
  const answers = [500, 204, 204]
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    got.push({ body, signature: request.headers['rq-signature'] as string })
    response.writeHead(answers.shift()!).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const errors: string[] = []
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
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
  await alerts.runOnce()
  const types = got.map(({ body }) => JSON.parse(body).type)
  expect(types).toEqual(['groupNew', 'dead', 'groupNew'])
  expect(JSON.parse(JSON.stringify(told[0]))).toEqual(JSON.parse(got[2]!.body))
  for (const { body, signature } of got) {
    const [, seconds, hmac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature!)!
    expect(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')).toBe(hmac)
  }
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
  expect(() => watchAlerts({ every: 0.1 })).toThrow('every: expected 1 s or more')
})
