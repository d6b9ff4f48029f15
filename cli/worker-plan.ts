import type { PoolPart } from '../lib/worker/pool.ts'
import type { OneWorkerFlags } from './commands/worker-flags.ts'
import { queuesOf } from './commands/worker-options.ts'
import type { Settings } from './config/settings.ts'
import { UsageError } from './exit-codes.ts'
import type { Host } from './host.ts'
import { count } from './parse.ts'

/** Which worker processes a command line asks for. */
export interface WorkerPlan {
  readonly parts: readonly (PoolPart & { readonly queues: readonly string[]; readonly count: number })[]
  /** Whether a parent looks after them; one worker alone is the process itself. */
  readonly isPool: boolean
}

/** @param named queues on the command line */
export function planOf(
  named: readonly string[],
  flags: OneWorkerFlags,
  settings: Pick<Settings, 'queues' | 'count' | 'pools'>,
  env: Host['env'],
): WorkerPlan {
  const chosen = [...named, ...(flags.queue ?? []).flat()]
  if (flags.pool) {
    if (chosen.length > 0)
      throw new UsageError(`expected either queues or --pool, got both: ${chosen.join(', ')}`)
    return { parts: poolsOf(flags.pool), isPool: true }
  }
  const ofCommandLine = typeof flags.count === 'number' ? flags.count : undefined
  const isOpen = chosen.length === 0 && !env.QUEUES && !env.QUEUE && ofCommandLine === undefined
  if (settings.pools && isOpen) {
    return {
      parts: settings.pools.map((part) => ({ count: 1, ...part, queues: [part.queues].flat() })),
      isPool: true,
    }
  }
  const queues = queuesOf(chosen, env, settings.queues)
  const size = ofCommandLine ?? settings.count ?? 1
  return { parts: [{ queues, count: size }], isPool: size > 1 || flags.monitor === true }
}

/** One entry for each worker process, as each daemon is one. */
export function placesOf({ parts }: WorkerPlan): { queues: readonly string[]; concurrency?: number }[] {
  return parts.flatMap(({ count, queues, concurrency }) =>
    Array.from({ length: count }, () => ({ queues, ...(concurrency !== undefined && { concurrency }) })),
  )
}

/** delayed_job's `mailers,tasks:2`; `*`, or nothing, is all queues that no other pool names. */
function poolsOf(texts: readonly string[]): WorkerPlan['parts'] {
  const pools = texts.map((text) => {
    const [, list = '', times] = /^(.*?)(?::(\d+))?$/.exec(text) ?? []
    return { list: list === '*' ? '' : list, times: times === undefined ? 1 : count(times) }
  })
  // One that helps out everywhere leaves nothing out for the others.
  const named = pools
    .flatMap(({ list }) => names(list))
    .filter((name) => name !== '*' && !name.startsWith('!'))
  return pools.map(({ list, times }) => ({
    queues: list === '' ? ['*', ...named.map((name) => `!${name}`)] : names(list),
    count: times,
  }))
}

function names(list: string): string[] {
  return list.split(',').filter(Boolean)
}
