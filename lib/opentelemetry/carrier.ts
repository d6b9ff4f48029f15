import { type Context, propagation } from '@opentelemetry/api'
import { addHeaders } from '../core/headers.ts'

type Headers = Record<string, string>

/**
 * Writes a context into a job's headers: `traceparent`, `tracestate` and `baggage` by the usual propagators. What has no room there is left
 * out, the longest first: a trace must not keep a job from being enqueued.
 */
export function inject(context: Context, headers: Headers): void {
  const carried: Headers = {}
  propagation.inject(context, carried)
  addHeaders(headers, carried)
}

export function extract(base: Context, headers: Readonly<Headers>): Context {
  return propagation.extract(base, headers)
}
