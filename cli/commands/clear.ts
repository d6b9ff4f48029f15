import type { CommandSpec } from '../command.ts'
import { type EmptyFlags, empty } from '../empty.ts'
import { emptyCommand } from './empty.ts'

/** All that would still run. Those that wait for another job come first: without it they would be canceled, and stay. */
const WAITING = ['deferred', 'limited', 'scheduled', 'queued'] as const

/** delayed_job's `jobs:clear`: without queues it means all. */
export const clearCommand: CommandSpec<EmptyFlags> = {
  ...emptyCommand,
  name: 'clear',
  purpose:
    'Delete the jobs that wait in all queues, or in those named: queued, scheduled, deferred and limited; those that run go on, those that ended stay.',
  argument: { term: '[queues...]', what: 'queues to empty (default: all)' },
  examples: [
    ['rq clear', 'all, after a question'],
    ['rq clear low --yes', 'one queue, without'],
    ['rq clear --dry-run', 'only count'],
  ],
  run: (queues, flags, host) =>
    empty(queues, queues.length === 0 ? { ...flags, all: true } : flags, host, 'rq.clear/1', WAITING),
}
