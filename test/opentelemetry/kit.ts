import { context, propagation } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { instrument, type TelemetryOptions } from '../../lib/opentelemetry/index.ts'

/** The real SDK, which keeps what it is told. Context and propagation are of the process, as an application sets them. */
export function sdk() {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    propagation.setGlobalPropagator(
      new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
    )
  })
  afterAll(() => {
    context.disable()
    propagation.disable()
  })
  return (options: Omit<TelemetryOptions, 'tracerProvider' | 'meterProvider'> = {}) => {
    const spans = new InMemorySpanExporter()
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
    const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 1e9 })
    const meterProvider = new MeterProvider({ readers: [reader] })
    const remove = instrument({ tracerProvider, meterProvider, ...options })
    onTestFinished(async () => {
      remove()
      await meterProvider.shutdown()
    })
    const ended = (name: string) => spans.getFinishedSpans().filter((span) => span.name === name)
    return {
      tracerProvider,
      meterProvider,
      tracer: tracerProvider.getTracer('test'),
      spans: () => spans.getFinishedSpans(),
      named: ended,
      /** The only span of this name. */
      one(name: string): ReadableSpan {
        const found = ended(name)
        if (found.length !== 1)
          throw new Error(
            `${found.length} spans '${name}' among ${spans.getFinishedSpans().map((span) => span.name)}`,
          )
        return found[0]!
      },
      async points(name: string) {
        await reader.forceFlush()
        const last = measured.getMetrics().at(-1)
        const found = last?.scopeMetrics
          .flatMap(({ metrics }) => metrics)
          .find(({ descriptor }) => descriptor.name === name)
        return { unit: found?.descriptor.unit, points: found?.dataPoints ?? [] }
      },
    }
  }
}
