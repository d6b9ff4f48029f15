import { toMs } from '../../lib/core/duration.ts'
import type { JobRecord } from '../../lib/core/record.ts'
import { STATES } from '../../lib/core/states.ts'
import { cleanText } from '../clean-text.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { count, duration, oneOf } from '../parse.ts'
import { reply } from '../reply.ts'
import { type Session, withSession } from '../session.ts'
import { type Column, table } from '../table.ts'
import { terminalOf } from '../terminal.ts'
import { age, number, plural } from '../words.ts'

interface JobsFlags extends GlobalFlags {
  readonly state?: (typeof STATES)[number][]
  readonly queue?: string[]
  readonly fn?: string
  readonly tag?: string[]
  readonly error?: string
  readonly since?: string
  readonly limit?: number
  readonly ids?: true
}

const LIMIT = 50
/** The most jobs read by an index. */
const INDEXED = 20_000

const COLUMNS: readonly Column[] = [
  { head: 'id', shrink: true },
  { head: 'queue', shrink: true },
  { head: 'state' },
  { head: 'age', right: true },
  { head: 'job' },
]

export const jobsCommand: CommandSpec<JobsFlags> = {
  name: 'jobs',
  purpose: 'List jobs, those that ended last first.',
  options: [
    {
      title: 'Which',
      options: [
        {
          flags: '-s, --state <state>',
          what: `one of ${STATES.join(', ')}; may be repeated`,
          fallback: 'all',
          parse: oneOf(STATES),
          repeatable: true,
        },
        { flags: '--queue <queue>', what: 'may be repeated', fallback: 'all', repeatable: true },
        { flags: '--fn <text>', what: "a part of the function's name" },
        { flags: '--tag <tag>', what: 'may be repeated: jobs that have all of them', repeatable: true },
        { flags: '--error <error>', what: 'fingerprint or name of the error, or a part of its text' },
        {
          flags: '--since <time>',
          what: 'something happened to them within this time, as 1h',
          parse: duration,
        },
        {
          flags: '-l, --limit <n>',
          what: 'at most so many of each queue and state',
          fallback: String(LIMIT),
          parse: count,
        },
      ],
    },
    { title: 'View', options: [{ flags: '--ids', what: 'ids only, one a line', conflicts: ['json'] }] },
  ],
  examples: [
    ['rq jobs --state failed --since 1h', 'what failed within the last hour'],
    ['rq jobs --fn sendMail --queue mail', 'of one function, in one queue'],
    ['rq jobs --state scheduled --ids | xargs rq job cancel', 'for another command'],
  ],
  exitCodes: [
    [EXIT.done, 'listed, even if there are none'],
    [EXIT.notFound, 'no such queue'],
    ...COMMON_EXITS,
  ],

  async run(_, flags, host) {
    await withSession(flags, host, async (session) => {
      const { callOf, jobData, lastTime } = await import('../job-view.ts')
      const { records, warnings, now } = await find(session, flags)
      const terminal = terminalOf(host)
      reply(host, flags, {
        schema: 'rq.jobs/1',
        data: records.map(jobData),
        warnings,
        text: () => {
          if (flags.ids) return records.map(({ id }) => `${cleanText(id)}\n`).join('')
          if (records.length === 0) return 'no such jobs\n'
          const rows = records.map((record) => [
            record.id,
            record.queue,
            record.status,
            age(now - lastTime(record)),
            callOf(record),
          ])
          return `${table(COLUMNS, rows, terminal)}${plural(records.length, 'job')}\n`
        },
      })
    })
    return EXIT.done
  },
}

/** Whatever has the tag, or failed for the cause: the indexes name them. */
async function byIndex(
  session: Session,
  filter: { readonly tag?: string; readonly error?: string },
  queues: readonly string[],
) {
  const { findJobs } = await import('../../lib/queue/find/find.ts')
  const records: JobRecord[] = []
  let cursor: string | undefined
  do {
    const page = await findJobs(session.store, filter, {
      limit: 500,
      ...(cursor !== undefined && { cursor }),
    })
    for (const queue of queues) {
      const ids = page.rows.filter((row) => row.queue === queue).map(({ id }) => id)
      const found = ids.length === 0 ? [] : await session.store.fetch(queue, ids)
      records.push(...found.filter((record) => record !== undefined))
    }
    cursor = page.next ?? undefined
  } while (cursor !== undefined && records.length < INDEXED)
  return records
}

async function find(
  session: Session,
  { state = [...STATES], queue, fn, tag, error, since, limit = LIMIT }: JobsFlags,
) {
  const [{ knownQueues }, { isWanted, LOOKED_AT, scan }, { isError }, { errorOf, lastTime }, { redisNow }] =
    await Promise.all([
      import('../queues.ts'),
      import('../scan.ts'),
      import('../../lib/core/fingerprint.ts'),
      import('../job-view.ts'),
      import('../../lib/redis/overview.ts'),
    ])
  const now = await session.connection.attempt(redisNow)
  const wanted = isWanted(
    {
      ...(fn !== undefined && { fn }),
      ...(tag && { tags: tag }),
      ...(since !== undefined && { since: now - toMs(since, 'since') }),
      ...(error !== undefined && { matches: (record) => isError(errorOf(record), error) }),
    },
    lastTime,
  )
  const warnings: string[] = []
  const records = []
  const index =
    tag?.[0] !== undefined ? { tag: tag[0] } : error && /^[0-9a-f]{8}$/.test(error) ? { error } : undefined
  if (index) {
    const found = await byIndex(session, index, await knownQueues(session, queue))
    const mine = found.filter((record) => state.includes(record.status) && wanted(record))
    return { records: mine.slice(0, limit), warnings, now }
  }
  for (const each of await knownQueues(session, queue)) {
    for (const status of state) {
      const found = await scan(session, each, status, limit, wanted)
      records.push(...found.records)
      if (found.isCut)
        warnings.push(`queue ${each} has more than ${number(LOOKED_AT)} ${status} jobs; looked at that many`)
    }
  }
  return { records, warnings, now }
}
