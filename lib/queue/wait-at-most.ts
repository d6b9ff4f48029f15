import { type Duration, toMs } from '../core/duration.ts'
import { LONGEST_TIMER_MS } from '../core/longest-timer.ts'

/** How long a wait may take, and what ends it. */
export interface WaitOptions {
  /** @default no limit */
  readonly timeout?: Duration
  /** The wait rejects with its reason when it aborts. */
  readonly signal?: AbortSignal
}

/** Waits within limits; once `timeout` is over, the answer is what `over` gives or throws. */
export async function waitAtMost<T, O>(
  { timeout, signal }: WaitOptions,
  wait: (signal: AbortSignal | undefined) => Promise<T>,
  over: (ms: number) => O,
): Promise<T | O> {
  if (timeout === undefined) return wait(signal)
  const ms = toMs(timeout, 'timeout')
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), Math.min(ms, LONGEST_TIMER_MS))
  try {
    return await wait(signal ? AbortSignal.any([signal, limit.signal]) : limit.signal)
  } catch (error) {
    if (limit.signal.aborted && error === limit.signal.reason) return over(ms)
    throw error
  } finally {
    clearTimeout(timer)
  }
}
