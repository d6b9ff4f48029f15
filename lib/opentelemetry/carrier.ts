import { type Context, propagation } from '@opentelemetry/api'

type Headers = Record<string, string>

/** What a job can carry; see core/headers.ts. */
const MOST_CHARACTERS = 8_192
const NAME = /^[A-Za-z0-9_.-]{1,64}$/

/**
 * Writes a context into a job's headers: `traceparent`, `tracestate` and `baggage` by the usual propagators. What has no room there is left
 * out, the longest first: a trace must not keep a job from being enqueued.
 */
export function inject(context: Context, headers: Headers): void {
  const carried: Headers = {}
  propagation.inject(context, carried)
  const entries = Object.entries(carried).filter(
    ([name, text]) => NAME.test(name) && typeof text === 'string',
  )
  const used = Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length, 0)
  let room = MOST_CHARACTERS - used
  for (const [name, text] of entries.sort(([, a], [, b]) => a.length - b.length)) {
    room -= name.length + text.length
    if (room < 0) return
    headers[name] = text
  }
}

export function extract(base: Context, headers: Readonly<Headers>): Context {
  return propagation.extract(base, headers)
}
