import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { expect, onTestFinished, test } from 'vitest'
import { Cron, call, use } from '../../lib/index.ts'
import { instrument, observeQueues } from '../../lib/opentelemetry/index.ts'
import { harness } from '../kit/harness.ts'
import { sdk } from './kit.ts'

const h = harness()
const start = sdk()

const COMMON = { 'messaging.system': 'rq', 'messaging.destination.name': 'mail' }

test('an enqueue is a producer, its run a consumer in a trace of its own, linked to it', async () => {
  const otel = start({ attributes: { 'server.address': 'redis.example' } })
  const q = h.queue('mail')
  const request = otel.tracer.startSpan('GET /')
  const job = await context.with(trace.setSpan(context.active(), request), () =>
    q.enqueue('./tasks#add', 1, 2),
  )
  request.end()
  const worker = h.worker('mail', { burst: true })
  await worker.run()
  const [send, process] = [otel.one('send mail'), otel.one('process mail')]
  expect(send).toMatchObject({
    kind: SpanKind.PRODUCER,
    parentSpanContext: { spanId: request.spanContext().spanId },
    status: { code: SpanStatusCode.UNSET },
    instrumentationScope: { name: 'funq', schemaUrl: 'https://opentelemetry.io/schemas/1.44.0' },
  })
  expect(send.attributes).toEqual({
    ...COMMON,
    'messaging.operation.name': 'enqueue',
    'messaging.operation.type': 'send',
    'messaging.message.id': job.id,
    'rq.job.function': './tasks#add',
    'server.address': 'redis.example',
  })
  expect(process).toMatchObject({ kind: SpanKind.CONSUMER, parentSpanContext: undefined })
  expect(process.spanContext().traceId).not.toBe(send.spanContext().traceId)
  expect(process.links.map((link) => link.context.spanId)).toEqual([send.spanContext().spanId])
  expect(process.attributes).toEqual({
    ...COMMON,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.message.id': job.id,
    'rq.job.function': './tasks#add',
    'rq.job.attempt': 1,
    'rq.job.max_attempts': 1,
    'rq.job.wait_ms': expect.any(Number),
    'rq.job.outcome': 'success',
    'rq.worker.name': worker.name,
    'server.address': 'redis.example',
  })
  // The context goes beside the arguments.
  expect(job.args).toEqual([1, 2])
  expect(job.headers.traceparent).toBe(`00-${send.spanContext().traceId}-${send.spanContext().spanId}-01`)
  // A worker that looks and finds nothing tells of nothing.
  await h.drain('mail')
  expect(otel.spans()).toHaveLength(3)
})

test("'parent' makes the run a part of the trace, and baggage goes along either way", async () => {
  for (const spanRelation of ['parent', 'link'] as const) {
    const otel = start({ spanRelation })
    let seen: (string | undefined)[] = []
    const remove = use({
      name: 'inner',
      worker(_, next) {
        seen = [
          propagation.getBaggage(context.active())?.getEntry('tenant')?.value,
          trace.getActiveSpan()?.spanContext().spanId,
        ]
        return next()
      },
    })
    onTestFinished(remove)
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })
    const job = await context.with(propagation.setBaggage(context.active(), baggage), () =>
      h.queue('mail').enqueue('./tasks#nothing'),
    )
    await h.drain('mail')
    const [send, process] = [otel.one('send mail'), otel.one('process mail')]
    expect(job.headers.baggage).toBe('tenant=acme')
    expect(seen).toEqual(['acme', process.spanContext().spanId])
    const isPart = process.parentSpanContext?.spanId === send.spanContext().spanId
    expect([isPart, process.links.length]).toEqual(spanRelation === 'parent' ? [true, 0] : [false, 1])
  }
})

test('each attempt is a span, and one that fails says with what', async () => {
  const otel = start()
  const q = h.queue('mail')
  await q.with({ retry: { max: 1, interval: 0 } }).enqueue('./tasks#fail', 'no paper')
  await h.drain('mail')
  const runs = otel.named('process mail')
  expect(
    runs.map(({ attributes }) => [
      attributes['rq.job.attempt'],
      attributes['rq.job.max_attempts'],
      attributes['messaging.operation.name'],
    ]),
  ).toEqual([
    [1, 2, 'process'],
    [2, 2, 'retry'],
  ])
  for (const run of runs) {
    expect(run.status).toEqual({ code: SpanStatusCode.ERROR, message: 'no paper' })
    expect(run.attributes).toMatchObject({ 'error.type': 'TypeError', 'rq.job.outcome': 'failed' })
    expect(run.events[0]).toMatchObject({
      name: 'exception',
      attributes: { 'exception.message': 'no paper' },
    })
    expect(run.links).toHaveLength(1)
  }
  expect(runs[1]!.attributes['rq.job.wait_ms']).toBeUndefined()
})

test('a run over its timeout is told as that, one that asks for another as no error', async () => {
  const otel = start()
  const q = h.queue('mail')
  await q.with({ timeout: 0.1 }).enqueue('./tasks#hold', h.gate('g'), true)
  await q.enqueue('./retry-tasks#asksUntil', 2)
  await h.drain('mail')
  const outcomes = otel
    .named('process mail')
    .map(({ attributes, status }) => [attributes['rq.job.outcome'], attributes['error.type'], status.code])
  expect(outcomes).toEqual([
    ['timeout', 'JobTimeoutError', SpanStatusCode.ERROR],
    ['retried', undefined, SpanStatusCode.UNSET],
    ['success', undefined, SpanStatusCode.UNSET],
  ])
})

test('how large the arguments are is told where that is asked for', async () => {
  const otel = start({ bodySize: true })
  const q = h.queue('mail')
  const first = await q.enqueue('./tasks#echo', 'ä')
  await q.enqueue('./tasks#echo', first)
  const sizes = otel.named('send mail').map(({ attributes }) => attributes['messaging.message.body.size'])
  expect(sizes).toEqual([Buffer.byteLength(JSON.stringify(['ä'])), undefined])
  await h.drain('mail')
})

test('a batch is one client span with a producer for each job', async () => {
  const otel = start()
  const jobs = await h.queue('mail').enqueueMany([call('./tasks#add', 1, 2), call('./tasks#nothing')])
  await h.drain('mail')
  const send = otel.one('send mail')
  expect(send.kind).toBe(SpanKind.CLIENT)
  expect(send.attributes).toMatchObject({
    'messaging.operation.name': 'enqueue',
    'messaging.batch.message_count': 2,
  })
  const created = otel.named('create mail')
  expect(created.map(({ kind }) => kind)).toEqual([SpanKind.PRODUCER, SpanKind.PRODUCER])
  expect(created.map(({ attributes }) => attributes['rq.job.function'])).toEqual([
    './tasks#add',
    './tasks#nothing',
  ])
  const ids = created.map((span) => span.spanContext().spanId)
  expect(send.links.map((link) => link.context.spanId)).toEqual(ids)
  expect(jobs.map((job) => job.headers.traceparent!.split('-')[2])).toEqual(ids)
  expect(otel.named('process mail').map(({ links }) => links[0]!.context.spanId)).toEqual(ids)
})

test('a large batch, and one for which it is turned off, is one producer', async () => {
  for (const [createSpans, size] of [
    [true, 101],
    [false, 2],
  ] as const) {
    const otel = start({ createSpans })
    await h.queue('mail').enqueueMany(Array.from({ length: size }, () => call('./tasks#nothing')))
    expect(otel.spans()).toHaveLength(1)
    const send = otel.one('send mail')
    expect([send.kind, send.attributes['messaging.batch.message_count']]).toEqual([SpanKind.PRODUCER, size])
  }
  await h.drain('mail')
})

test('an enqueue that is refused is a failed span, of a batch as well', async () => {
  const otel = start()
  const q = h.queue('mail')
  await q.with({ id: 'one' }).enqueue('./tasks#nothing')
  await expect(q.with({ id: 'one' }).enqueue('./tasks#nothing')).rejects.toThrow('already')
  const [, refused] = otel.named('send mail')
  expect(refused!.status.code).toBe(SpanStatusCode.ERROR)
  expect(refused!.attributes['error.type']).toBe('DuplicateJobError')
  const remove = use({ name: 'veto', client: (job, next) => (job.args.length === 0 ? undefined : next()) })
  onTestFinished(remove)
  await expect(q.enqueueMany([call('./tasks#echo', 1), call('./tasks#nothing')])).rejects.toThrow(
    'did not call next',
  )
  const batch = otel
    .named('send mail')
    .filter(({ attributes }) => 'messaging.batch.message_count' in attributes)
  expect(batch.map(({ attributes }) => attributes['error.type'])).toEqual(['EnqueueVetoedError'])
})

test('a job of a cron entry is the root of a trace', async () => {
  const otel = start()
  const cron = new Cron({ connection: h.url, prefix: h.prefix })
  onTestFinished(() => cron.close())
  await cron.register({ name: 'nightly', func: './tasks#nothing', queue: 'mail', cron: '0 3 1 1 *' })
  await cron.run('nightly')
  await h.drain('mail')
  expect(otel.one('process mail')).toMatchObject({ parentSpanContext: undefined, links: [] })
})

test('what is measured has the names and the units of the conventions', async () => {
  const otel = start()
  const q = h.queue('mail')
  await q.enqueue('./tasks#nothing')
  await q.enqueue('./tasks#fail')
  await h.drain('mail')
  const sent = await otel.points('messaging.client.sent.messages')
  expect([sent.unit, sent.points.map(({ value }) => value)]).toEqual(['{message}', [2]])
  const sending = await otel.points('messaging.client.operation.duration')
  expect([sending.unit, (sending.points[0]!.value as { count: number }).count]).toEqual(['s', 2])
  expect(sending.points[0]!.attributes).toEqual({
    ...COMMON,
    'messaging.operation.name': 'enqueue',
    'messaging.operation.type': 'send',
  })
  const consumed = await otel.points('messaging.client.consumed.messages')
  expect(consumed.points.map(({ value }) => value)).toEqual([2])
  const runs = await otel.points('messaging.process.duration')
  expect(runs.unit).toBe('s')
  expect(runs.points.map(({ attributes }) => attributes['error.type']).sort()).toEqual([
    'TypeError',
    undefined,
  ])
  expect((runs.points[0]!.value as { buckets: { boundaries: number[] } }).buckets.boundaries[0]).toBe(0.005)
  const waits = await otel.points('rq.job.wait.duration')
  expect((waits.points[0]!.value as { count: number; sum: number }).count).toBe(2)
  const stop = observeQueues({ connection: h.url, prefix: h.prefix, meterProvider: otel.meterProvider })
  const depth = await otel.points('rq.queue.depth')
  expect(
    depth.points.find(
      ({ attributes }) =>
        attributes.state === 'failed' && attributes['messaging.destination.name'] === 'mail',
    )?.value,
  ).toBe(1)
  expect((await otel.points('rq.queue.latency')).unit).toBe('s')
  await stop()
})

test('a job of a later time has waited since then', async () => {
  const otel = start()
  await h.queue('mail').enqueueIn('200ms', './tasks#nothing')
  const worker = h.worker('mail', { maxJobs: 1 })
  await worker.run()
  expect(otel.one('process mail').attributes['rq.job.wait_ms']).toBeLessThan(150)
})

test('only the time in the queue counts as waiting, not what a job was told to wait for', async () => {
  const otel = start()
  const q = h.queue('mail')
  const waits = () => otel.named('process mail').map(({ attributes }) => attributes['rq.job.wait_ms'])
  await q.with({ repeat: { times: 1, interval: '700ms' } }).enqueue('./tasks#nothing')
  await h.worker('mail', { maxJobs: 2 }).run()
  const parent = await q.enqueueIn('700ms', './tasks#nothing')
  await q.with({ dependsOn: parent }).enqueue('./tasks#nothing')
  await h.worker('mail', { maxJobs: 2 }).run()
  expect(waits()).toHaveLength(4)
  for (const ms of waits()) expect(ms).toBeLessThan(600)
})

test('a run that ends in a sleep is no error', async () => {
  const otel = start()
  await h.queue('mail').enqueue('./step-tasks#sleepy', h.gate('trace'))
  await h.drain('mail')
  const [slept] = otel.named('process mail')
  expect(slept).toMatchObject({ events: [], status: { code: SpanStatusCode.UNSET } })
  expect(slept!.attributes).toMatchObject({ 'rq.job.outcome': 'retried' })
  expect(slept!.attributes['error.type']).toBeUndefined()
  const { points } = await otel.points('messaging.process.duration')
  expect(points.filter(({ attributes }) => 'error.type' in attributes)).toEqual([])
})

test.each([
  [30, 10, ['traceparent', 'rq-ready-at']],
  [31, 10, ['traceparent']],
  [32, 10, []],
  [1, 8_110, ['traceparent']],
  [1, 8_180, []],
])('%i headers of %i characters leave room for %j', async (count, length, added) => {
  start()
  const own = Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, 'x'.repeat(length)]))
  const q = h.queue('mail').with({ headers: own })
  const jobs = [await q.enqueue('./tasks#nothing'), ...(await q.enqueueMany([call('./tasks#nothing')]))]
  for (const job of jobs) expect(Object.keys(job.headers)).toEqual([...Object.keys(own), ...added])
})

test('baggage that does not fit is left out; the job is enqueued all the same', async () => {
  start()
  const baggage = propagation.createBaggage(
    Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`k${i}`, { value: 'x'.repeat(2_700) }])),
  )
  const job = await context.with(propagation.setBaggage(context.active(), baggage), () =>
    h
      .queue('mail')
      .with({ headers: { own: 'y'.repeat(500) } })
      .enqueue('./tasks#nothing'),
  )
  expect(Object.keys(job.headers).sort()).toEqual(['own', 'rq-ready-at', 'traceparent'])
})

test('options that are none are refused', () => {
  expect(() => instrument({ spanRelation: 'child' as 'link' })).toThrow(
    "spanRelation: expected 'link' or 'parent'",
  )
  expect(() => instrument({ spanrelation: 'link' } as never)).toThrow("Did you mean 'spanRelation'")
})
