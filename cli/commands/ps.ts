import { displayName } from '../../lib/core/function-name.ts'
import type { Job } from '../../lib/queue/job.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { allQueues, allWorkers, type WorkerView } from '../lib.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'
import { startedJobs } from '../started-jobs.ts'
import { type Column, table } from '../table.ts'
import { terminalOf } from '../terminal.ts'
import { age } from '../words.ts'

const COLUMNS: readonly Column[] = [
  { head: 'host' },
  { head: 'pid', right: true },
  { head: 'worker', shrink: true },
  { head: 'for', right: true },
  { head: 'doing' },
]

interface Process extends Pick<WorkerView, 'name' | 'host' | 'pid' | 'state' | 'queues'> {
  readonly jobs: readonly RunningJob[]
}

interface RunningJob {
  readonly id: string
  readonly queue: string
  readonly func: string
  readonly startedAt: number
}

export const psCommand: CommandSpec<GlobalFlags> = {
  name: 'ps',
  purpose: 'List what all workers do, on whatever machine, in the words of ps.',
  options: [],
  examples: [
    ['rq ps', 'a line for each job that runs, and for each worker that waits'],
    ['rq ps | grep tasks.archive', 'where one function runs'],
    ["rq ps --json | jq -r '.data[].jobs[].id'", 'the ids of what runs'],
  ],
  exitCodes: [[EXIT.done, 'listed, even if there are no workers'], ...COMMON_EXITS],

  async run(_, flags, host) {
    await withSession(flags, host, async (session) => {
      const [workers, queues] = await Promise.all([allWorkers(session), allQueues(session)])
      const processes = byWorker(workers, await startedJobs(session, queues))
      reply(host, flags, {
        schema: 'rq.ps/1',
        data: processes,
        text: () =>
          processes.length === 0
            ? 'no workers\n'
            : table(COLUMNS, processes.flatMap(rowsOf), terminalOf(host)),
      })
    })
    return EXIT.done
  },
}

function byWorker(workers: readonly WorkerView[], started: readonly Job[]): Process[] {
  return workers.map(({ name, host, pid, state, queues }) => ({
    name,
    host,
    pid,
    state,
    queues,
    jobs: started
      .filter(({ worker }) => worker === name)
      .map(({ id, queue, func, startedAt }) => ({
        id,
        queue,
        func,
        startedAt: startedAt?.getTime() ?? 0,
      }))
      .sort((a, b) => a.startedAt - b.startedAt),
  }))
}

function rowsOf({ name, host, pid, state, queues, jobs }: Process): string[][] {
  const who = [host, String(pid), name]
  if (jobs.length === 0)
    return [[...who, '', isWaiting(state) ? `Waiting for ${queues.join(',')}` : titled(state)]]
  return jobs.map(({ id, queue, func, startedAt }) => [
    ...who,
    age(Date.now() - startedAt),
    `Processing ${queue} [${displayName(func)}] ${id}`,
  ])
}

/** One that is busy with what is over too soon to be told of waits as well, for whoever looks. */
function isWaiting(state: string): boolean {
  return state === 'idle' || state === 'busy'
}

function titled(state: string): string {
  return state === 'suspended' ? 'Paused' : `${state.slice(0, 1).toUpperCase()}${state.slice(1)}`
}
