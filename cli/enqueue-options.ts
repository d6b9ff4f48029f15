import { InvalidArgumentError } from '../lib/core/errors.ts'
import type { EnqueueOptions } from '../lib/queue/queue.ts'
import { UsageError } from './exit-codes.ts'
import type { GlobalFlags } from './globals.ts'

export interface EnqueueFlags extends Omit<GlobalFlags, 'timeout'> {
  readonly queue?: string
  readonly timeout?: string | number
  readonly resultTtl?: string | number
  readonly ttl?: string
  readonly failureTtl?: string | number
  readonly description?: string
  readonly dependsOn?: string[]
  readonly jobId?: string
  readonly atFront?: true
  readonly front?: true
  readonly tag?: string[]
  readonly priority?: number
  readonly retry?: number
  readonly retryMax?: number
  readonly retryInterval?: string[][]
  readonly scheduleIn?: string
  readonly in?: string
  readonly scheduleAt?: number
  readonly at?: number
  readonly wait?: true
  readonly waitTimeout?: string
}

/** The flags as `q.with()` takes them. */
export function toEnqueueOptions(flags: EnqueueFlags): EnqueueOptions {
  const { timeout, resultTtl, ttl, failureTtl, description, dependsOn, jobId, tag, priority } = flags
  const max = flags.retryMax ?? flags.retry
  const interval = flags.retryInterval?.flat()
  if (interval && max === undefined) throw new UsageError('--retry-interval: expected --retry-max with it')
  const at = flags.scheduleAt ?? flags.at
  const delay = flags.scheduleIn ?? flags.in
  return {
    ...(timeout !== undefined && { timeout }),
    ...(resultTtl !== undefined && { resultTtl }),
    ...(ttl !== undefined && { ttl }),
    ...(failureTtl !== undefined && { failureTtl }),
    ...(description !== undefined && { description }),
    ...(dependsOn && { dependsOn: dependsOn.flatMap((ids) => ids.split(',').filter(Boolean)) }),
    ...(jobId !== undefined && { id: jobId }),
    ...((flags.atFront ?? flags.front) && { atFront: true }),
    ...(tag && { tags: tag }),
    ...(priority !== undefined && { priority }),
    ...(max !== undefined && { retry: { max, ...(interval && { interval }) } }),
    ...(at !== undefined && { at }),
    ...(delay !== undefined && { in: delay }),
  }
}

/** ISO 8601 with or without a zone; without one it is local time. */
export function timeOf(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(ms)) return ms
  throw new UsageError(`expected a time such as 2026-11-20T18:30:00 or 2026-11-20T18:30:00Z, got '${text}'`)
}

/** Says what an RQ user most likely means by `tasks.add`. */
export function functionHint(error: unknown, func: string): unknown {
  const dotted = /^([\w-]+(?:\.[\w-]+)*)\.([\w$]+)$/.exec(func)
  if (!(error instanceof InvalidArgumentError) || !dotted) return error
  const [, module = '', name] = dotted
  return new UsageError(error.message, `Did you mean './${module.replaceAll('.', '/')}#${name}'?`)
}
