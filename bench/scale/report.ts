import { formatFigures } from '../figures.ts'
import { table } from '../table.ts'
import type { Scale } from './run.ts'
import { type AtSize, CALL_NAMES, type CallName } from './size.ts'

const CALLS: Readonly<Record<CallName, string>> = {
  enqueue: 'enqueue one',
  count: 'count',
  position: 'position of a job in the middle',
  list: 'a page of 100 from the middle',
  cancel: 'cancel a job in the middle',
}

export function scaleReport({ sizes, idle }: Scale): string {
  const rates: [string, (at: AtSize) => number][] = [
    ['bulk of 1,000, on the way there, jobs/s', (at) => at.seeded],
    ['bulk of 1,000, jobs/s', (at) => at.enqueueBulk],
    ['no-op jobs worked off, concurrency 100, jobs/s', (at) => at.workedOff],
  ]
  const lines = [
    ...rates.map(([label, rate]) => [
      label,
      ...sizes.map((at) => formatFigures([rate(at)], 'jobs/s')),
      times(sizes.map((at) => 1 / rate(at))),
    ]),
    ...CALL_NAMES.map((name) => [
      `${CALLS[name]}, ms: p50, p99`,
      ...sizes.map(({ calls }) => `${calls[name].p50.toFixed(2)}, ${calls[name].p99.toFixed(2)}`),
      times(sizes.map(({ calls }) => calls[name].p50)),
    ]),
    ['memory a waiting job, bytes', ...sizes.map(({ memory }) => memory.toFixed(0)), ''],
    [
      'commands of more than 5 ms',
      ...sizes.map(({ slow }) => String(slow.reduce((sum, { times }) => sum + times, 0))),
      '',
    ],
  ]
  const head = ['jobs waiting', ...sizes.map(({ waiting }) => waiting.toLocaleString('en')), 'last / first']
  const slow = sizes.flatMap(({ waiting, slow }) =>
    slow.map(
      ({ name, times, longestMs }) =>
        `with ${waiting.toLocaleString('en')} ${name} ${times} times, ${longestMs.toFixed(1)} ms at most`,
    ),
  )
  return [
    'The last column says how many times as long each took with the most jobs as with the fewest.',
    table(head, lines),
    ...(slow.length > 0 ? [`Of more than 5 ms: ${slow.join('; ')}.`] : []),
    `${idle.workers.toLocaleString('en')} idle workers cost the server ${(idle.server * 100).toFixed(1)}% of a core, ` +
      `${idle.commands.toFixed(0)} commands/s and ${(idle.memory / 1024).toFixed(1)} KiB of memory each, and their own process ` +
      `${(idle.clients * 100).toFixed(1)}% of a core.`,
  ].join('\n\n')
}

function times(costs: readonly number[]): string {
  return `${(costs.at(-1)! / costs[0]!).toFixed(2)}×`
}
