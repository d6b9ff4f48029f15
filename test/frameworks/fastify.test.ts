import fastify, { type FastifyInstance } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { dashboard, toFastify } from '../../lib/dashboard/index.ts'
import { type FunqFastifyOptions, funq } from '../../lib/frameworks/fastify.ts'
import { drain, withTesting } from '../../lib/testing/index.ts'
import { FIXTURES, harness } from '../kit/harness.ts'

const h = harness()

async function start(options: FunqFastifyOptions = {}, more?: (app: FastifyInstance) => Promise<void>) {
  const app = fastify()
  onTestFinished(() => app.close())
  await app.register(funq, { connection: h.url, prefix: h.prefix, ...options })
  // Within a plugin of its own, as the routes of most applications.
  await app.register(async (scope) => {
    scope.post('/add', async () => {
      const job = await scope.rq.queue('low').enqueue('./tasks#add', 1, 2)
      return { sum: await job.result }
    })
    scope.post('/hold', async () => {
      const job = await scope.rq.queue('low').enqueue('./tasks#hold', h.gate('g'))
      await job.result
      return { after: await scope.rq.queue('low').count() }
    })
  })
  await more?.(app)
  return app
}

test('routes enqueue by app.rq, and a worker inside of the application runs the jobs', async () => {
  const worker = { queues: ['low'], isolation: 'none', paths: [FIXTURES] } as const
  const app = await start({ worker })
  expect((await app.inject({ method: 'POST', url: '/add' })).json()).toEqual({ sum: 3 })
  const low = app.rq.queue('low', { defaults: { timeout: 5 } })
  expect(app.rq.queue('low')).toBe(low)
  await app.close()
  await expect(low.count()).rejects.toThrow('closed')
  // One that was not asked for before would be closed by nobody.
  expect(() => app.rq.queue('other')).toThrow('queue other: this application is closed')
})

test('what is under way at the end is answered first', async () => {
  const worker = { queues: 'low', isolation: 'none', paths: [FIXTURES] } as const
  const app = await start({ worker })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = fetch(`${url}/hold`, { method: 'POST', headers: { connection: 'close' } })
  await h.reached('g')
  const closing = app.close()
  await h.open('g')
  expect(await (await answer).json()).toEqual({ after: 0 })
  await closing
})

test("the dashboard is a plugin behind the application's own preHandler", async () => {
  const pages = dashboard({ connection: h.url, prefix: h.prefix, auth: () => ({ name: 'ann' }) })
  const app = await start({}, async (app) => {
    await app.register(async (scope) => {
      scope.addHook('preHandler', async (request, reply) => {
        if (request.headers['x-session'] !== 'of ann') return reply.code(401).send('sign in first')
      })
      await scope.register(toFastify(pages), { prefix: '/admin/rq' })
    })
  })
  const show = (headers: Record<string, string>) => app.inject({ url: '/admin/rq/', headers })
  expect((await show({})).statusCode).toBe(401)
  const shown = await show({ 'x-session': 'of ann', host: 'localhost' })
  expect([shown.statusCode, shown.body]).toEqual([200, expect.stringContaining('<!doctype html>')])
})

test('in a test without Redis the worker leaves the jobs to the test', async () => {
  await withTesting('fake', async () => {
    const errors: unknown[] = []
    const app = fastify({
      logger: { level: 'error', stream: { write: (line: string) => void errors.push(line) } },
    })
    await app.register(funq, { connection: 'redis://127.0.0.1:1', worker: { queues: 'low' } })
    await app.ready()
    const job = await app.rq.queue('low').enqueue('./test/fixtures/tasks#add', 1, 2)
    expect(await drain()).toMatchObject({ success: 1 })
    expect(await job.result).toBe(3)
    await app.close()
    expect(errors).toEqual([])
  })
})

test('an option that does not exist is refused', async () => {
  await expect(start({ conection: h.url } as never)).rejects.toThrow("Did you mean 'connection'")
})
