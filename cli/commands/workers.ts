import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { allWorkers } from '../lib.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'
import { type Column, table } from '../table.ts'
import { terminalOf } from '../terminal.ts'
import { age, number } from '../words.ts'

const COLUMNS: readonly Column[] = [
  { head: 'worker', shrink: true },
  { head: 'state' },
  { head: 'host' },
  { head: 'pid', right: true },
  { head: 'up', right: true },
  { head: 'running', right: true },
  { head: 'done', right: true },
  { head: 'failed', right: true },
  { head: 'queues' },
]

export const workersCommand: CommandSpec<GlobalFlags> = {
  name: 'workers',
  purpose: 'List all workers: where they run, on which queues, and what they have done.',
  options: [],
  examples: [
    ['rq workers', 'all of them'],
    ['rq workers --json | jq -r ".data[].name"', 'their names'],
    ['rq worker stop w1', 'has the one called w1 stop, wherever it runs'],
  ],
  exitCodes: [[EXIT.done, 'listed, even if there are none'], ...COMMON_EXITS],

  async run(_, flags, host) {
    await withSession(flags, host, async (session) => {
      const workers = await allWorkers(session)
      const now = Date.now()
      reply(host, flags, {
        schema: 'rq.workers/1',
        data: workers,
        text: () => {
          if (workers.length === 0) return 'no workers\n'
          const rows = workers.map((worker) => [
            worker.name,
            worker.state,
            worker.host,
            String(worker.pid),
            age(now - worker.birth),
            number(worker.busy),
            number(worker.finished),
            number(worker.failed),
            worker.queues.join(', '),
          ])
          return table(COLUMNS, rows, terminalOf(host))
        },
      })
    })
    return EXIT.done
  },
}
