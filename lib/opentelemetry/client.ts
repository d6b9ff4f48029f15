import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { toMs } from '../core/duration.ts'
import { addHeaders } from '../core/headers.ts'
import { encode } from '../core/payload.ts'
import type { ClientMiddleware, OutgoingJob } from '../queue/client-middleware.ts'
import type { Job } from '../queue/job.ts'
import { errorType, operation } from './attributes.ts'
import { inject } from './carrier.ts'
import type { Instruments } from './instruments.ts'

/** When the job could begin, by the clock of its producer, in milliseconds since 1970. */
const READY_AT = 'rq-ready-at'

/** A span for each job of a larger batch would cost more than it tells. */
const MOST_CREATED = 100

export interface ClientTelemetry {
  readonly tracer: Tracer
  readonly instruments: Instruments
  /** Spans of single jobs in a batch. */
  readonly createSpans: boolean
  /** How large the arguments are: they are encoded once more for it. */
  readonly bodySize: boolean
  /** Of every span. */
  readonly common: Attributes
}

/** One `enqueueMany` on its way. */
interface Batch {
  readonly span: Span
  readonly began: number
  readonly isSplit: boolean
  under: number
  left: number
}

/** A span around each enqueue, whose context goes with the job. */
export function clientTelemetry(telemetry: ClientTelemetry): ClientMiddleware {
  const batches = new WeakMap<object, Batch>()
  return async (job, next) => {
    const { batch } = job
    if (batch === undefined || batch.size === 1) return sendOne(telemetry, job, next)
    const known = batches.get(batch) ?? openBatch(telemetry, job, batch.size)
    batches.set(batch, known)
    return sendAmong(telemetry, known, job, next)
  }
}

async function sendOne(
  { tracer, instruments, common, bodySize }: ClientTelemetry,
  job: OutgoingJob,
  next: () => Promise<Job>,
): Promise<void> {
  const labels = { ...operation('enqueue', job.queue), ...common }
  const attributes = { ...labels, 'rq.job.function': job.func, ...(bodySize && sizeOf(job)) }
  const span = tracer.startSpan(`send ${job.queue}`, { kind: SpanKind.PRODUCER, attributes })
  const inside = trace.setSpan(context.active(), span)
  carry(inside, job)
  await measured(span, instruments, labels, 1, async () => {
    const { id } = await context.with(inside, next)
    span.setAttribute('messaging.message.id', id)
  })
}

function openBatch(
  { tracer, createSpans, common }: ClientTelemetry,
  { queue }: OutgoingJob,
  size: number,
): Batch {
  const isSplit = createSpans && size <= MOST_CREATED
  const span = tracer.startSpan(`send ${queue}`, {
    // Where the jobs have spans of their own, these are the producers.
    kind: isSplit ? SpanKind.CLIENT : SpanKind.PRODUCER,
    attributes: { ...operation('enqueue', queue), ...common, 'messaging.batch.message_count': size },
  })
  return { span, began: performance.now(), isSplit, under: 0, left: size }
}

/** Each job's span is over when it goes out; that of the batch when the last one is stored, or the first one was kept back. */
async function sendAmong(
  telemetry: ClientTelemetry,
  batch: Batch,
  job: OutgoingJob,
  next: () => Promise<Job>,
): Promise<void> {
  const inside = trace.setSpan(context.active(), batch.span)
  carry(batch.isSplit ? created(telemetry, batch, job) : inside, job)
  batch.under++
  let failure: unknown
  try {
    await context.with(inside, next)
  } catch (error) {
    failure = error
    throw error
  } finally {
    batch.under--
    batch.left--
    if (batch.left === 0 || (failure !== undefined && batch.under === 0))
      closeBatch(telemetry, batch, job, failure)
  }
}

function created(
  { tracer, common }: ClientTelemetry,
  { span: send }: Batch,
  { queue, func }: OutgoingJob,
): Context {
  const attributes = { ...operation('create', queue), ...common, 'rq.job.function': func }
  const span = tracer.startSpan(`create ${queue}`, { kind: SpanKind.PRODUCER, attributes })
  send.addLink({ context: span.spanContext() })
  span.end()
  return trace.setSpan(context.active(), span)
}

function closeBatch(
  { instruments, common }: ClientTelemetry,
  { span, began, left }: Batch,
  { queue, batch }: OutgoingJob,
  failure: unknown,
): void {
  if (!span.isRecording() && left > 0) return
  conclude(span, instruments, { ...operation('enqueue', queue), ...common }, batch?.size ?? 1, began, failure)
}

async function measured(
  span: Span,
  instruments: Instruments,
  labels: Attributes,
  count: number,
  work: () => Promise<void>,
): Promise<void> {
  const began = performance.now()
  try {
    await work()
    conclude(span, instruments, labels, count, began, undefined)
  } catch (error) {
    conclude(span, instruments, labels, count, began, error)
    throw error
  }
}

function conclude(
  span: Span,
  { sent, sending }: Instruments,
  labels: Attributes,
  count: number,
  began: number,
  failure: unknown,
): void {
  const all = failure === undefined ? labels : { ...labels, 'error.type': errorType(failure) }
  if (failure !== undefined) {
    span.setAttribute('error.type', errorType(failure))
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: failure instanceof Error ? failure.message : String(failure),
    })
  }
  span.end()
  sent.add(count, all)
  sending.record((performance.now() - began) / 1000, all)
}

/** Of the text that the arguments become, before a codec; arguments that cannot become one, or stand for other jobs, are left to the enqueue. */
function sizeOf({ args }: OutgoingJob): Attributes {
  try {
    return { 'messaging.message.body.size': Buffer.byteLength(encode(args, 'args')) }
  } catch {
    return {}
  }
}

/** The time comes last: a job with any header is sent with when it was queued, which is what counts. */
function carry(inside: Context, { headers, options }: OutgoingJob): void {
  inject(inside, headers)
  const { at, in: delay } = options
  const due = at === undefined ? Date.now() + (delay === undefined ? 0 : toMs(delay, 'in')) : Number(at)
  addHeaders(headers, { [READY_AT]: String(Math.max(Date.now(), due)) })
}
