import type { CommandSpec } from '../../command.ts'
import { type EmptyFlags, empty } from '../../empty.ts'
import { emptyCommand } from '../empty.ts'

export const queueEmptyCommand: CommandSpec<EmptyFlags> = {
  ...emptyCommand,
  examples: emptyCommand.examples.map(
    ([line, what]) => [line.replace('rq empty', 'rq queue empty'), what] as const,
  ),
  run: (queues, flags, host) => empty(queues, flags, host, 'rq.queue.empty/1'),
}
