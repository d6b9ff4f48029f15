import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import type { GlobalFlags } from '../../globals.ts'
import { allQueues, allWorkers } from '../../lib.ts'
import { reply } from '../../reply.ts'
import { withSession } from '../../session.ts'
import { type Column, table } from '../../table.ts'
import { terminalOf } from '../../terminal.ts'
import { age, number } from '../../words.ts'

const STATES = ['queued', 'started', 'scheduled', 'deferred', 'finished', 'failed'] as const

const COLUMNS: readonly Column[] = [
  { head: 'queue', shrink: true },
  ...STATES.map((head) => ({ head, right: true }) as const),
  { head: 'oldest', right: true },
  { head: 'workers', right: true },
  { head: '' },
]

export const queueLsCommand: CommandSpec<GlobalFlags> = {
  name: 'ls',
  purpose: 'List queues with the number of their jobs in each state.',
  options: [],
  examples: [
    ['rq queue ls', 'all queues'],
    ['rq queue ls --url redis://10.0.0.5/1', 'of another server'],
    ["rq queue ls --json | jq -r '.data[].name'", 'their names'],
  ],
  exitCodes: [[EXIT.done, 'listed, even if there are none'], ...COMMON_EXITS],

  async run(_, flags, host) {
    await withSession(flags, host, async (session) => {
      const { readQueueFacts } = await import('../../../lib/redis/overview.ts')
      const [names, workers] = await Promise.all([allQueues(session), allWorkers(session)])
      const facts = await readQueueFacts(session.connection, session.prefix, names)
      const queues = facts.map((queue) => ({
        ...queue,
        workers: workers.filter((worker) => worker.queues.includes(queue.name)).length,
      }))
      reply(host, flags, {
        schema: 'rq.queue.ls/1',
        data: queues,
        text: () => {
          if (queues.length === 0) return 'no queues\n'
          const rows = queues.map((queue) => [
            queue.name,
            ...STATES.map((state) => number(queue.counts[state])),
            queue.oldestMs === null ? '' : age(queue.oldestMs),
            number(queue.workers),
            queue.isPaused ? 'paused' : '',
          ])
          return table(COLUMNS, rows, terminalOf(host))
        },
      })
    })
    return EXIT.done
  },
}
