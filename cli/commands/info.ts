import { setTimeout as sleep } from 'node:timers/promises'
import { checkQueueName } from '../../lib/core/names.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import type { Host } from '../host.ts'
import type { Snapshot } from '../info/snapshot.ts'
import type { Parts } from '../info/text.ts'
import { interval } from '../parse.ts'
import { reply } from '../reply.ts'
import { Screen, whileRead } from '../screen.ts'
import { type Session, withSession } from '../session.ts'
import { terminalOf } from '../terminal.ts'

interface InfoFlags extends GlobalFlags, Parts {
  readonly interval?: number
  readonly raw?: true
}

const SCHEMA = 'rq.info/1'
const SPARK_LENGTH = 20

export const infoCommand: CommandSpec<InfoFlags> = {
  name: 'info',
  purpose: 'Show queues with their jobs, and workers with what they do.',
  argument: { term: '[queues...]', what: 'queues to look at (default: all)' },
  options: [
    {
      title: 'View',
      options: [
        { flags: '-i, --interval <seconds>', what: 'look again that often, until Ctrl-C', parse: interval },
        { flags: '-r, --raw', what: 'lines for scripts, as RQ prints them', conflicts: ['json'] },
        { flags: '-Q, --only-queues', what: 'queues only', conflicts: ['onlyWorkers'] },
        { flags: '-W, --only-workers', what: 'workers only' },
        { flags: '-R, --by-queue', what: 'the workers of each queue' },
      ],
    },
  ],
  examples: [
    ['rq info', 'all queues and workers'],
    ['rq info high low --interval 2', 'two queues, every two seconds'],
    ['rq info --json | jq .data.queues', 'for a program'],
  ],
  exitCodes: [[EXIT.done, 'shown'], ...COMMON_EXITS],

  async run(queues, flags, host) {
    for (const queue of queues) checkQueueName(queue)
    await withSession(flags, host, (session) =>
      flags.interval === undefined
        ? once(session, queues, flags, host)
        : repeat(session, queues, flags, host),
    )
    return EXIT.done
  },
}

async function once(
  session: Session,
  queues: readonly string[],
  flags: InfoFlags,
  host: Host,
): Promise<void> {
  const { takeSnapshot } = await import('../info/snapshot.ts')
  await show(await takeSnapshot(session, queues), flags, host)
}

async function show(snapshot: Snapshot, flags: InfoFlags, host: Host): Promise<void> {
  const { infoText, rawText } = await import('../info/text.ts')
  reply(host, flags, {
    schema: SCHEMA,
    data: snapshot,
    text: () => (flags.raw ? rawText(snapshot, flags) : infoText(snapshot, flags, terminalOf(host))),
  })
}

/** On a terminal in place, else one after the other. */
async function repeat(
  session: Session,
  queues: readonly string[],
  flags: InfoFlags,
  host: Host,
): Promise<void> {
  const [{ takeSnapshot }, { infoText }] = await Promise.all([
    import('../info/snapshot.ts'),
    import('../info/text.ts'),
  ])
  const inPlace = host.output.stdout.isTTY === true && !flags.json && !flags.raw
  const screen = new Screen(host)
  const history = new Map<string, number[]>()
  if (inPlace) screen.start()
  try {
    await whileRead(host, async (signal) => {
      while (!signal.aborted) {
        const snapshot = await takeSnapshot(session, queues)
        for (const { name, counts } of snapshot.queues) {
          history.set(name, [...(history.get(name) ?? []), counts.queued].slice(-SPARK_LENGTH))
        }
        if (inPlace) screen.draw(infoText(snapshot, flags, terminalOf(host), history))
        else if (!host.output.isBehind) await show(snapshot, flags, host)
        await sleep(flags.interval, undefined, { signal }).catch(() => {})
      }
    })
  } finally {
    screen.stop()
  }
}
