import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { createLog } from '../../cli/log.ts'
import { fakeHost } from '../cli/kit.ts'
import { place } from '../cli/kit-rq.ts'
import { harness } from '../kit/harness.ts'

const EVIL = '\x1b]0;owned\x07\x1b[2J\x9b31m\x00\r\u202eevil\u2066\x7f'
/** What may steer a terminal: all control characters but newline and tab, and the marks that turn the direction of writing. */
const STEERS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

const h = harness()

test("a worker's log on a terminal shows nothing of a job that could steer it", async () => {
  const host = fakeHost({ env: {} })
  const q = h.queue()
  await q.with({ description: EVIL }).enqueue('./tasks#echo', 'x')
  await q.enqueue('./tasks#echo', EVIL)
  await q.enqueue('./tasks#echo', { [EVIL]: EVIL })
  await q.enqueue('./tasks#fail', EVIL)
  const forged = await q.enqueue('./tasks#echo', 'x')
  await h.redis.hset(`${h.base('q')}job:${forged.id}`, 'fn', `1 ./${EVIL}#${EVIL}`)
  const id = `x${EVIL}`
  await h.redis.hset(`${h.base('q')}job:${id}`, 'fn', '1 ./tasks#echo', 'args', '[1]')
  await h.redis.zadd(`${h.base('q')}queued`, 5, id)
  for (const logFormat of ['text', 'json'] as const) {
    await q.with({ repeat: 1 }).enqueue('./tasks#echo', EVIL)
    await h.drain('q', { logger: createLog('debug', host, { logFormat }) })
  }
  const shown = host.stdout.text + host.stderr.text
  expect(shown).toContain('evil')
  expect(shown).not.toMatch(STEERS)
  await h.redis.unlink(...(await h.redis.keys(`${h.prefix}:*`)))
})

test.each([[false], [true]])(
  'no command of rq prints what could steer a terminal (a terminal: %s)',
  async (isTTY) => {
    const { prefix, url, rq, queue } = place()
    const redis = new Redis(url)
    const base = `${prefix}:{default}:`
    const q = queue()
    const job = await q.with({ description: EVIL, meta: { [EVIL]: EVIL } }).enqueue('./tasks#echo', EVIL)
    const failed = await q.enqueue(`./tasks#fail`, EVIL)
    const error = { name: EVIL, message: EVIL, stack: EVIL, cause: { name: EVIL, message: EVIL } }
    const record = `${base}job:${failed.id}`
    await redis.zrem(`${base}queued`, failed.id)
    await redis.zadd(`${base}failed`, 4e12, failed.id)
    await redis.hset(
      record,
      'st',
      'failed',
      'on',
      1,
      'end',
      2,
      'w',
      EVIL,
      'why',
      EVIL,
      'err',
      JSON.stringify(error),
    )
    await redis.hset(
      record,
      'pg',
      JSON.stringify(EVIL),
      'fn',
      `1 ./${EVIL}#${EVIL}`,
      'aux',
      1,
      'res',
      JSON.stringify(EVIL),
    )
    await redis.rpush(`${base}log:${failed.id}`, EVIL)
    await redis.rpush(
      `${base}runs:${failed.id}`,
      JSON.stringify({ attempt: 1, worker: EVIL, outcome: EVIL, startedAt: 1, endedAt: 2, error }),
    )
    await redis.hset(`${base}parents:${failed.id}`, `${EVIL}@${EVIL}`, 'w0')
    await redis.sadd(`${prefix}:queues`, EVIL)
    await redis.zadd(`${prefix}:workers`, Date.now(), EVIL)
    await redis.hset(
      `${prefix}:worker:${EVIL}`,
      'queues',
      EVIL,
      'state',
      EVIL,
      'host',
      EVIL,
      'pid',
      EVIL,
      'version',
      EVIL,
    )
    const definition = {
      rev: 'a.b',
      name: EVIL,
      queue: EVIL,
      schedule: { cron: EVIL, timezone: EVIL },
      job: { func: EVIL, args: '[]' },
    }
    await redis.hset(`${prefix}:{:cron}:entries`, EVIL, JSON.stringify(definition))
    const commands = [
      ...[
        ['info'],
        ['info', '-W'],
        ['info', '--by-queue'],
        ['jobs'],
        ['jobs', '--ids'],
        ['queue', 'ls'],
        ['failed'],
        ['failed', 'ls'],
      ],
      ...[
        ['job', 'show', job.id, failed.id],
        ['job', 'logs', failed.id],
        ['cron', 'ls'],
        ['cron', 'next', EVIL],
        ['doctor'],
        ['check'],
      ],
      ...[
        ['job', 'cancel', EVIL],
        ['queue', 'pause', EVIL],
        ['empty', EVIL],
        ['enqueue', EVIL],
        ['enqueue', './tasks#echo', EVIL],
        [EVIL],
        ['job', 'show', `--${EVIL}`],
      ],
    ]
    const steered: string[] = []
    for (const words of commands) {
      for (const how of [[], ['--json']]) {
        const { out, err } = await rq([...words, ...how], { isTTY, env: { NO_COLOR: '1' } })
        if (STEERS.test(out + err)) steered.push([...words, ...how].join(' '))
      }
    }
    await redis.unlink(...(await redis.keys(`${prefix}:*`)))
    redis.disconnect()
  },
)
