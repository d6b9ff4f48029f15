import type { Cancel } from '../core/cancel-request.ts'
import { type RequestKind, requestKind } from '../core/job-request.ts'
import { cutText, describeEvent } from '../core/remote-error.ts'
import type { Retry } from '../core/retry-request.ts'
import type { Snooze } from '../core/snooze-request.ts'
import type { Outcome } from './assignment.ts'

type Asked = { readonly [K in RequestKind]: (request: never, ms: number) => Outcome }

const OUTCOMES: Asked = {
  retry: (request: Retry, ms) => ({
    kind: 'retry',
    ...(request.max !== undefined && { max: request.max }),
    ...(request.delayMs !== undefined && { delayMs: request.delayMs }),
    ...(request.atFront !== undefined && { atFront: request.atFront }),
    error: reasonOf(request),
    ms,
  }),
  snooze: (request: Snooze, ms) => ({
    kind: 'snooze',
    delayMs: request.delayMs,
    ...(request.max !== undefined && { max: request.max }),
    ...(request.atFront !== undefined && { atFront: request.atFront }),
    error: reasonOf(request),
    ms,
  }),
  cancel: ({ message }: Cancel, ms) => ({ kind: 'cancel', reason: cutText(message), ms }),
}

/** The outcome of a run that threw or returned a request; nothing where the value is none. */
export function requested(value: unknown, began: number): Outcome | undefined {
  const kind = requestKind(value)
  return kind && OUTCOMES[kind](value as never, performance.now() - began)
}

function reasonOf(request: Error): string {
  return request.message === '' && request.cause === undefined ? '' : describeEvent(request)
}
