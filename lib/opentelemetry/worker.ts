import {
  type Attributes,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { JobStoppedError, JobTimeoutError } from '../core/errors.ts'
import { type RequestKind, requestKind } from '../core/job-request.ts'
import { isAsleep } from '../run/steps.ts'
import { queuedAtOf, type RunningJob, type WorkerMiddleware } from '../run/worker-middleware.ts'
import { errorType, operation } from './attributes.ts'
import { extract } from './carrier.ts'
import type { Instruments } from './instruments.ts'

/** How a run's trace goes with that of its enqueue: a trace of its own with a link to it, or a part of it. */
export type SpanRelation = 'link' | 'parent'

export interface WorkerTelemetry {
  readonly tracer: Tracer
  readonly instruments: Instruments
  readonly spanRelation: SpanRelation
  readonly common: Attributes
}

/** A span around each run, in the process that runs it. */
export function workerTelemetry(telemetry: WorkerTelemetry): WorkerMiddleware {
  return async (job, next) => {
    const { tracer, instruments, common } = telemetry
    const labels = { ...operation(job.attempt > 1 ? 'retry' : 'process', job.queue), ...common }
    const waitMs = waited(job)
    const { inside, span } = start(tracer, telemetry.spanRelation, job, { ...labels, ...about(job, waitMs) })
    instruments.consumed.add(1, labels)
    if (waitMs !== undefined) instruments.waiting.record(waitMs / 1000, labels)
    const began = performance.now()
    let error: unknown
    try {
      const result = await context.with(inside, next)
      if (requestKind(result)) error = result
    } catch (thrown) {
      error = thrown
      throw thrown
    } finally {
      const failed = end(span, error, job.signal)
      const type = failed === undefined ? {} : { 'error.type': errorType(failed) }
      instruments.processing.record((performance.now() - began) / 1000, { ...labels, ...type })
    }
  }
}

/** Without a context in its headers, as a job of a cron entry, it is the root of a trace. */
function start(tracer: Tracer, relation: SpanRelation, job: RunningJob, attributes: Attributes) {
  const sender = extract(ROOT_CONTEXT, job.headers)
  const creation = trace.getSpanContext(sender)
  const links: Link[] = creation && relation === 'link' ? [{ context: creation }] : []
  // The baggage stays in either case.
  const base = relation === 'link' ? trace.deleteSpan(sender) : sender
  const options = { kind: SpanKind.CONSUMER, attributes, links }
  const span = tracer.startSpan(`process ${job.queue}`, options, base)
  return { span, inside: trace.setSpan(base, span) }
}

function about(
  { id, func, attempt, maxAttempts, worker }: RunningJob,
  waitMs: number | undefined,
): Attributes {
  return {
    'messaging.message.id': id,
    'rq.job.function': func,
    'rq.job.attempt': attempt,
    'rq.job.max_attempts': maxAttempts,
    'rq.worker.name': worker,
    ...(waitMs !== undefined && { 'rq.job.wait_ms': waitMs }),
  }
}

/** Since it was queued: what it was scheduled for, slept or waited for other jobs is no delay. */
function waited(job: RunningJob): number | undefined {
  const queuedAt = queuedAtOf(job)
  return job.attempt > 1 || queuedAt === undefined ? undefined : Math.max(0, Date.now() - queuedAt)
}

/** What a job asks for is no error. */
const OUTCOMES: Readonly<Record<RequestKind, string>> = {
  retry: 'retried',
  snooze: 'retried',
  cancel: 'canceled',
}

/** Answers what the run failed with: the reason of its abort, if it was told to end, or what it threw. */
function end(span: Span, error: unknown, signal: AbortSignal): unknown {
  const failure = aborted(signal, error) ?? error
  const asked = requestKind(failure) ?? (isAsleep(failure) ? 'snooze' : undefined)
  if (failure === undefined) span.setAttribute('rq.job.outcome', 'success')
  else if (asked) span.setAttribute('rq.job.outcome', OUTCOMES[asked])
  else {
    const outcome = failure instanceof JobTimeoutError ? 'timeout' : 'failed'
    span.setAttributes({ 'rq.job.outcome': outcome, 'error.type': errorType(failure) })
    span.recordException(failure as Error)
    span.setStatus({
      code: SpanStatusCode.ERROR,
      message: failure instanceof Error ? failure.message : String(failure),
    })
  }
  span.end()
  return asked ? undefined : failure
}

/** Over its time a job has failed and stopped it is stopped, whatever it makes of it; in a shutdown it may still finish. */
function aborted({ aborted, reason }: AbortSignal, error: unknown): unknown {
  const told = reason instanceof JobTimeoutError || reason instanceof JobStoppedError
  return aborted && (told || error !== undefined) ? reason : undefined
}
