import { fromRef, type JobRecord, type Ref } from '../../../lib/core/record.ts'
import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import { reply } from '../../reply.ts'
import { type Session, withSession } from '../../session.ts'
import { type Column, table } from '../../table.ts'
import { terminalOf } from '../../terminal.ts'
import { age, number, plural } from '../../words.ts'
import type { FailedFlags } from './find.ts'
import { WHICH } from './options.ts'

/** Failed jobs with one cause, as far as their messages tell. */
interface Group {
  readonly fingerprint: string
  readonly error: string
  readonly message: string
  count: number
  readonly queues: Set<string>
  readonly functions: Set<string>
  firstAt: number
  lastAt: number
  /** The last that failed so. */
  readonly example: string
}

const COLUMNS: readonly Column[] = [
  { head: 'fingerprint' },
  { head: 'jobs', right: true },
  { head: 'last', right: true },
  { head: 'queues', shrink: true },
  { head: 'functions', shrink: true },
  { head: 'error' },
]

export const groupsCommand: CommandSpec<FailedFlags> = {
  name: 'groups',
  purpose: 'Group failed jobs by error: name and message without ids, numbers and texts in quotes.',
  options: [{ title: 'Which', options: WHICH }],
  examples: [
    ['rq failed groups', 'the errors, the most frequent first'],
    ['rq failed groups --since 1h --queue mail', 'of the last hour in one queue'],
    ['rq failed groups --json | jq -r .data[0].fingerprint', 'for rq failed retry --error'],
  ],
  exitCodes: [
    [EXIT.done, 'listed, even if there are none'],
    [EXIT.notFound, 'no such queue'],
    ...COMMON_EXITS,
  ],

  async run(_, flags, host) {
    await withSession(flags, host, async (session) => {
      const { groups, warnings, now, total } =
        (await indexed(session, flags)) ?? (await scanned(session, flags))
      reply(host, flags, {
        schema: 'rq.failed.groups/1',
        data: groups.map(({ firstAt, lastAt, queues, functions, ...rest }) => ({
          ...rest,
          queues: [...queues],
          functions: [...functions],
          firstAt: new Date(firstAt).toISOString(),
          lastAt: new Date(lastAt).toISOString(),
        })),
        warnings,
        text: () => {
          if (groups.length === 0) return 'no failed jobs\n'
          const rows = groups.map((each) => [
            each.fingerprint,
            number(each.count),
            age(now - each.lastAt),
            [...each.queues].join(', '),
            [...each.functions].join(', '),
            `${each.error}: ${each.message}`,
          ])
          return `${table(COLUMNS, rows, terminalOf(host))}${plural(total, 'failed job')}, ${plural(groups.length, 'error')}\n`
        },
      })
    })
    return EXIT.done
  },
}

interface Found {
  readonly groups: readonly Group[]
  readonly warnings: readonly string[]
  readonly now: number
  /** Jobs in them. */
  readonly total: number
}

/** As the workers have grouped them. Undefined where jobs are in no group, of an older version, or where a time is asked for. */
async function indexed(session: Session, { queue, since, error }: FailedFlags): Promise<Found | undefined> {
  if (since !== undefined || error !== undefined) return undefined
  const [{ readErrors }, { glanceAt }, { knownQueues }, { normalize }, { displayName }] = await Promise.all([
    import('../../../lib/queue/find/errors.ts'),
    import('../../../lib/redis/glance.ts'),
    import('../../queues.ts'),
    import('../../../lib/core/fingerprint.ts'),
    import('../../../lib/core/function-name.ts'),
  ])
  const queues = await knownQueues(session, queue)
  const glances = await glanceAt(session.store, queues)
  const found = await readErrors(session.store, { queues, limit: 1_000 })
  const total = found.reduce((sum, { jobs }) => sum + jobs, 0)
  if (total < glances.reduce((sum, { counts }) => sum + counts.failed, 0)) return undefined
  const groups = found.map((each) => ({
    fingerprint: each.fingerprint,
    error: each.name,
    message: normalize(each.message),
    count: each.jobs,
    queues: new Set(each.queues),
    functions: new Set(each.functions.map(displayName)),
    firstAt: each.firstAt,
    lastAt: each.lastAt,
    example: fromRef(each.sample as Ref).id,
  }))
  return { groups, warnings: [], now: glances[0]?.now ?? Date.now(), total }
}

async function scanned(session: Session, flags: FailedFlags): Promise<Found> {
  const { findFailed } = await import('./find.ts')
  const { records, warnings, now } = await findFailed(session, flags)
  return { groups: await group(records), warnings, now, total: records.length }
}

async function group(records: readonly JobRecord[]): Promise<Group[]> {
  const [{ errorOf, lastTime }, { fingerprint, normalize }, { displayName }] = await Promise.all([
    import('../../job-view.ts'),
    import('../../../lib/core/fingerprint.ts'),
    import('../../../lib/core/function-name.ts'),
  ])
  const groups = new Map<string, Group>()
  for (const record of records) {
    const error = errorOf(record) ?? { name: 'Error', message: 'unknown' }
    const key = fingerprint(error)
    const at = lastTime(record)
    const known = groups.get(key) ?? {
      fingerprint: key,
      error: error.name,
      message: normalize(error.message),
      count: 0,
      queues: new Set(),
      functions: new Set(),
      firstAt: at,
      lastAt: at,
      example: record.id,
    }
    groups.set(key, known)
    known.count++
    known.queues.add(record.queue)
    known.functions.add(displayName(record.func))
    known.firstAt = Math.min(known.firstAt, at)
    known.lastAt = Math.max(known.lastAt, at)
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}
