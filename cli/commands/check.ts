import { toMs } from '../../lib/core/duration.ts'
import type { QueueFacts } from '../../lib/redis/overview.ts'
import { cleanText } from '../clean-text.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, UsageError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { allWorkers, type WorkerView } from '../lib.ts'
import { countOrZero, duration } from '../parse.ts'
import { knownQueues } from '../queues.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'
import { age, number, plural } from '../words.ts'

interface CheckFlags extends GlobalFlags {
  readonly queue?: string[]
  readonly maxWait?: string
  readonly maxFailed?: number
  readonly maxQueued?: number
  readonly minWorkers?: number
}

interface Result {
  readonly check: string
  readonly ok: boolean
  readonly message: string
}

export const checkCommand: CommandSpec<CheckFlags> = {
  name: 'check',
  purpose: 'Probe for monitoring: exits with 5 where a limit is exceeded.',
  options: [
    {
      title: 'Limits',
      options: [
        {
          flags: '--max-wait <time>',
          what: 'how long the next job of a queue may have waited',
          parse: duration,
          aliases: ['--max-age'],
        },
        { flags: '--max-failed <n>', what: 'failed jobs in all queues together', parse: countOrZero },
        { flags: '--max-queued <n>', what: 'waiting jobs in all queues together', parse: countOrZero },
        { flags: '--min-workers <n>', what: 'workers of each queue', parse: countOrZero },
        { flags: '--queue <queue>', what: 'may be repeated', fallback: 'all', repeatable: true },
      ],
    },
  ],
  examples: [
    ['rq check --max-wait 60s --max-failed 10 --min-workers 1', 'three limits'],
    ['rq check --queue mail --max-wait 5s --quiet', 'one queue, and only the exit code'],
    ['rq check --min-workers 2 --json', 'for a program'],
  ],
  exitCodes: [
    [EXIT.done, 'all limits are kept'],
    [EXIT.notFound, 'no such queue'],
    [EXIT.unmet, 'a limit is exceeded'],
    ...COMMON_EXITS,
  ],

  run(_, flags, host) {
    const { maxWait, maxFailed, maxQueued, minWorkers } = flags
    if ([maxWait, maxFailed, maxQueued, minWorkers].every((limit) => limit === undefined)) {
      throw new UsageError('expected a limit: --max-wait, --max-failed, --max-queued or --min-workers')
    }
    return withSession(flags, host, async (session) => {
      const { readQueueFacts } = await import('../../lib/redis/overview.ts')
      const [names, workers] = await Promise.all([knownQueues(session, flags.queue), allWorkers(session)])
      const queues = await readQueueFacts(session.connection, session.prefix, names)
      const results = judge(flags, queues, workers)
      reply(host, flags, {
        schema: 'rq.check/1',
        data: results,
        text: () =>
          flags.quiet
            ? ''
            : results.map(({ ok, message }) => `${ok ? 'ok' : 'BREACH'}: ${cleanText(message)}\n`).join(''),
      })
      return results.every(({ ok }) => ok) ? EXIT.done : EXIT.unmet
    })
  },
}

function judge(
  { maxWait, maxFailed, maxQueued, minWorkers }: CheckFlags,
  queues: readonly QueueFacts[],
  workers: readonly WorkerView[],
): Result[] {
  const results: Result[] = []
  if (maxWait !== undefined) {
    const [worst] = [...queues].sort((a, b) => (b.oldestMs ?? 0) - (a.oldestMs ?? 0))
    const ms = worst?.oldestMs ?? 0
    const where = ms > 0 ? ` in ${worst!.name}` : ''
    results.push({
      check: 'max-wait',
      ok: ms <= toMs(maxWait, 'max-wait'),
      message: `longest wait ${age(ms)}${where}, at most ${maxWait}`,
    })
  }
  const total = (state: 'failed' | 'queued') => queues.reduce((sum, { counts }) => sum + counts[state], 0)
  if (maxFailed !== undefined) {
    const failed = total('failed')
    results.push({
      check: 'max-failed',
      ok: failed <= maxFailed,
      message: `${plural(failed, 'failed job')}, at most ${number(maxFailed)}`,
    })
  }
  if (maxQueued !== undefined) {
    const queued = total('queued')
    results.push({
      check: 'max-queued',
      ok: queued <= maxQueued,
      message: `${plural(queued, 'waiting job')}, at most ${number(maxQueued)}`,
    })
  }
  if (minWorkers !== undefined) {
    const counts = queues.map(({ name }) => ({
      name,
      count: workers.filter((worker) => worker.queues.includes(name)).length,
    }))
    // Without queues there is nothing to work on yet; a probe must not pass for that reason.
    const [least = { name: 'all', count: workers.length }] = counts.sort((a, b) => a.count - b.count)
    results.push({
      check: 'min-workers',
      ok: least.count >= minWorkers,
      message: `${plural(least.count, 'worker')} on ${least.name}, at least ${number(minWorkers)}`,
    })
  }
  return results
}
