import { type Attributes, type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api'
import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { StoreOptions } from '../queue/open-store.ts'
import { use } from '../queue/plugin.ts'
import { SCHEMA_URL, SCOPE } from './attributes.ts'
import { clientTelemetry } from './client.ts'
import { toInstruments } from './instruments.ts'
import { observeDepths } from './queues.ts'
import { type SpanRelation, workerTelemetry } from './worker.ts'

export type { SpanRelation }

/** Which providers `instrument` uses, and how spans are related. */
export interface TelemetryOptions {
  /** @default the global one */
  readonly tracerProvider?: TracerProvider
  /** @default the global one */
  readonly meterProvider?: MeterProvider
  /** Whether a run is a trace of its own, linked to that of its enqueue, or a part of it. @default 'link' */
  readonly spanRelation?: SpanRelation
  /** Whether the jobs of an `enqueueMany` of at most 100 have a `create` span each. @default true */
  readonly createSpans?: boolean
  /** Whether the span of an enqueue has `messaging.message.body.size`, the arguments' bytes, which are encoded a second time for it. @default false */
  readonly bodySize?: boolean
  /** Attributes of every span and measurement, as `server.address` and `server.port` of your Redis. @default none */
  readonly attributes?: Attributes
}

const OPTIONS = ['tracerProvider', 'meterProvider', 'spanRelation', 'createSpans', 'bodySize', 'attributes']

/**
 * Traces and measures every enqueue and every run of this process, as the semantic conventions for messaging have it. Without an SDK it does
 * nothing. A work-horse is another process: have it load the module that calls this by `--import`. Answers what takes it out again.
 * @throws InvalidArgumentError
 */
export function instrument(options: TelemetryOptions = {}): () => void {
  checkKnown(options, OPTIONS)
  const { spanRelation = 'link', createSpans = true, bodySize = false, attributes: common = {} } = options
  if (spanRelation !== 'link' && spanRelation !== 'parent') {
    throw new InvalidArgumentError(
      `spanRelation: expected 'link' or 'parent', got ${JSON.stringify(spanRelation)}`,
    )
  }
  const tracer = (options.tracerProvider ?? trace).getTracer(SCOPE.name, SCOPE.version, {
    schemaUrl: SCHEMA_URL,
  })
  const instruments = toInstruments(meterOf(options.meterProvider))
  return use({
    name: 'opentelemetry',
    client: clientTelemetry({ tracer, instruments, createSpans, bodySize, common }),
    worker: workerTelemetry({ tracer, instruments, spanRelation, common }),
  })
}

/** Which queues' gauges `observeQueues` adds, and to which provider. */
export interface ObserveOptions extends Pick<StoreOptions, 'connection' | 'prefix' | 'commandTimeout'> {
  /** @default the global one */
  readonly meterProvider?: MeterProvider
}

/**
 * Adds the gauges `rq.queue.depth` and `rq.queue.latency`, which are read from Redis at each collection: in one process, for they are the
 * same for all. Answers what ends it.
 */
export function observeQueues({ meterProvider, ...place }: ObserveOptions = {}): () => Promise<void> {
  return observeDepths(meterOf(meterProvider), place)
}

function meterOf(provider: MeterProvider | undefined) {
  return (provider ?? metrics).getMeter(SCOPE.name, SCOPE.version, { schemaUrl: SCHEMA_URL })
}
