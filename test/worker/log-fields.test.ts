import pino from 'pino'
import { expect, test } from 'vitest'
import { createLog } from '../../cli/log.ts'
import { type Logger, WorkerPool } from '../../lib/index.ts'
import { toLogger } from '../../lib/worker/logger.ts'
import { fakeHost } from '../cli/kit.ts'
import { FIXTURES, harness } from '../kit/harness.ts'

const h = harness()

/** A real pino, and what it has written. */
function pinoLog(level = 'info') {
  const lines: Record<string, unknown>[] = []
  const logger = pino({ level }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  return { logger, lines, of: (id: string) => lines.filter((line) => line.job_id === id) }
}

test('pino has the fields of a job beside the line', async () => {
  const { logger, lines, of } = pinoLog()
  const q = h.queue()
  const good = await q.enqueue('./tasks#add', 1, 2)
  const bad = await q.enqueue('./tasks#fail', 'out of paper')
  const worker = h.worker('q', { burst: true, logger })
  await worker.run()
  const job = { worker: worker.name, queue: 'q', func: './tasks#add', attempt: 1 }
  const [begun, over] = of(good.id)
  expect(begun).toMatchObject({ ...job, level: 30, event: 'begin', msg: `q: tasks.add(1, 2) (${good.id})` })
  expect(over).toMatchObject({ ...job, event: 'finish', duration_ms: expect.any(Number) })
  expect(over!.msg).toMatch(/Job OK .* result = 3$/)
  const failed = of(bad.id).find(({ event }) => event === 'fail')
  expect(failed).toMatchObject({
    level: 50,
    msg: expect.stringMatching(/FAILED .*: TypeError: out of paper$/),
    error: { name: 'TypeError', message: 'out of paper', cause: { message: 'the cause' } },
  })
  // What is not about a job says whose line it is.
  expect(lines[0]).toMatchObject({ worker: worker.name, msg: expect.stringMatching(/^RQ worker started/) })
})

test('[D34] at the level debug each claim is told, with its lease and token, and at info none is', async () => {
  const q = h.queue()
  for (const level of ['debug', 'info']) {
    const job = await q.enqueue('./tasks#add', 1, 2)
    const { logger, lines } = pinoLog(level)
    await h.worker('q', { burst: true, logger, workerTtl: '45s' }).run()
    const claims = lines.map(({ msg }) => String(msg)).filter((line) => line.includes('claimed'))
    const told = new RegExp(`^q: claimed ${job.id} lease=45s token=\\d+:-?\\d+$`)
    expect(claims).toEqual(level === 'debug' ? [expect.stringMatching(told)] : [])
  }
})

test('a job that came with a trace is logged with its id', async () => {
  const { logger, of } = pinoLog()
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const headers = { traceparent: `00-${trace}-b7ad6b7169203331-01` }
  const job = await h.queue().with({ headers }).enqueue('./tasks#nothing')
  await h.drain('q', { logger })
  expect(of(job.id).map(({ trace_id }) => trace_id)).toEqual([trace, trace, trace])
})

test('a child of pino keeps its bindings, and its level is heeded', async () => {
  const { logger, lines } = pinoLog('warn')
  const job = await h.queue().enqueue('./tasks#fail')
  await h.queue().enqueue('./tasks#nothing')
  await h.drain('q', { logger: logger.child({ app: 'shop' }) })
  const ofJobs = lines.filter((line) => 'job_id' in line)
  expect(ofJobs).toEqual([expect.objectContaining({ app: 'shop', job_id: job.id, event: 'fail', level: 50 })])
})

test('the workers of a pool tell the pool’s logger the same fields', async () => {
  const { logger, of, lines } = pinoLog()
  const job = await h.queue().enqueue('./tasks#add', 1, 2)
  const pool = new WorkerPool('q', {
    connection: h.url,
    prefix: h.prefix,
    paths: [FIXTURES],
    burst: true,
    name: 'team',
    logger,
  })
  await pool.run()
  const [begun] = of(job.id)
  expect(begun).toMatchObject({ queue: 'q', func: './tasks#add', attempt: 1, event: 'begin' })
  expect(begun!.worker).toMatch(/^team\.[0-9a-f]{6}$/)
  expect(lines[0]).toMatchObject({ worker: 'team', msg: expect.stringContaining('RQ worker pool started') })
})

test('a log in JSON has them too', async () => {
  const host = fakeHost()
  const job = await h.queue().enqueue('./tasks#fail', 'no')
  const worker = h.worker('q', { burst: true, logger: createLog('info', host, { logFormat: 'json' }) })
  await worker.run()
  await host.output.flush()
  const lines = (host.stdout.text + host.stderr.text)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.find(({ event }) => event === 'fail')).toEqual({
    time: expect.any(String),
    level: 'error',
    msg: expect.stringContaining('FAILED'),
    worker: worker.name,
    job_id: job.id,
    queue: 'q',
    func: './tasks#fail',
    attempt: 1,
    event: 'fail',
    duration_ms: expect.any(Number),
    error: expect.objectContaining({ message: 'no' }),
  })
})

const METHODS = ['debug', 'info', 'warn', 'error'] as const

/** A logger with more than the four methods, and how it was called. */
function fake(more: object) {
  const calls: unknown[][] = []
  const methods = METHODS.map((name) => [name, (...args: unknown[]) => void calls.push(args)])
  return { calls, logger: { ...Object.fromEntries(methods), ...more } as unknown as Logger }
}

test.each([
  ['console', {}, ['line']],
  ['winston', { transports: [], format: {}, child() {} }, ['line', { worker: 'w', a: 1 }]],
  ['bunyan', { addSerializers() {}, child() {} }, [{ worker: 'w', a: 1 }, 'line']],
  ['one that says it', { fields: 'last' }, ['line', { worker: 'w', a: 1 }]],
  ['one that says it', { fields: 'first' }, [{ worker: 'w', a: 1 }, 'line']],
])('the fields stand where %s expects them', (_, more, args) => {
  const { calls, logger } = fake(more)
  toLogger(logger, { worker: 'w' }).info('line', { a: 1 })
  expect(calls).toEqual([args])
})
