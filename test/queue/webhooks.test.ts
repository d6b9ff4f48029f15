import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { InvalidArgumentError } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

interface Call {
  readonly method: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let server: Server
let calls: Call[]
let statuses: number[]

beforeEach(async () => {
  calls = []
  statuses = []
  server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    calls.push({ method: request.method, headers: request.headers, body })
    response.writeHead(statuses.shift() ?? 200).end('thanks')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
const drain = () => h.drain('q', { paths: ['.'] })

test('a webhook tells of a finished job', async () => {
  const q = h.queue()
  const headers = { 'X-Token': 'secret' }
  const job = await q.with({ webhooks: { url: url(), headers } }).enqueue(tasks.add, 1, 2)
  await drain()
  expect(calls).toHaveLength(1)
  expect(calls[0]).toMatchObject({
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-token': 'secret' },
  })
  expect(JSON.parse(calls[0]!.body)).toMatchObject({
    job_id: job.id,
    func_name: './test/fixtures/tasks#add',
    status: 'finished',
    ended_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  })
})

test('a webhook for failures tells of the last one only, and why', async () => {
  const q = h.queue()
  const webhooks = [{ url: url(), on: 'failed' }, url()] as const
  await q.with({ webhooks, retry: 1 }).enqueue(tasks.fail, 'no luck')
  await drain()
  expect(calls).toHaveLength(1)
  expect(JSON.parse(calls[0]!.body)).toMatchObject({
    status: 'failed',
    exc_info: expect.stringContaining('TypeError: no luck'),
  })
})

test('a webhook by GET sends nothing', async () => {
  await h
    .queue()
    .with({ webhooks: { url: url(), method: 'GET' } })
    .enqueue(tasks.add, 1, 2)
  await drain()
  expect(calls).toMatchObject([{ method: 'GET', body: '' }])
})

test('a webhook whose receiver is in trouble is tried again, and the job stays as it ended', async () => {
  const q = h.queue()
  statuses = [503]
  const job = await q.with({ webhooks: url() }).enqueue(tasks.add, 1, 2)
  await drain()
  expect((await job.refresh()).status).toBe('finished')
  const [retried] = await q.jobs('scheduled')
  expect(retried?.description).toMatch(/^POST 127\.0\.0\.1/)
  expect((await retried!.runs())[0]?.error?.message).toMatch(/to answer 2xx, got 503/)
})

test('a webhook that is sent elsewhere has told nobody, unless it had nothing to send', async () => {
  const q = h.queue()
  const elsewhere = createServer((request, response) => {
    calls.push({ method: request.method, headers: request.headers, body: '' })
    response.writeHead(302, { location: url() }).end()
  }).listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
  onTestFinished(() => void elsewhere.close())
  const moved = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
  await q.with({ webhooks: [moved, { url: moved, method: 'GET' }] }).enqueue(tasks.add, 1, 2)
  await drain()
  expect(calls.map(({ method }) => method).sort()).toEqual(['GET', 'GET', 'POST'])
  const [retried] = await q.jobs('scheduled')
  expect((await retried!.runs())[0]?.error?.message).toMatch(/POST .* to answer 2xx, got 302/)
})

test('a webhook that cannot be called is refused when the job is enqueued', async () => {
  const q = h.queue()
  for (const webhooks of [
    'ftp://example.com',
    'no url',
    { url: 'http://example.com', timeout: 0 },
    { url: 'http://example.com', on: 'started' as never },
    { url: 'http://example.com', headers: { 'bad\nname': 'x' } },
    { url: 'http://example.com', method: 'PUT' as never },
  ]) {
    await expect(q.with({ webhooks }).enqueue(tasks.add, 1, 2)).rejects.toThrow(InvalidArgumentError)
  }
})
