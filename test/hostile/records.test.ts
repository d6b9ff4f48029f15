import { describe, expect, test } from 'vitest'
import { FIELDS } from '../../lib/core/record.ts'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()

const GARBAGE = [
  '',
  'x',
  '-1',
  '1e300',
  '0.5',
  'NaN',
  '{',
  'null',
  '[]',
  '{"a":1}',
  '5',
  '\u0000\n\t',
  '\ud800',
  'y'.repeat(2_000_000),
]

const OPTIONS = [
  '{"retry":5}',
  '{"retry":{}}',
  '{"retry":{"max":3}}',
  '{"retry":{"max":"x","intervalsMs":"y"}}',
  '{"retry":null}',
  '{"repeat":5}',
  '{"repeat":{"times":2}}',
  '{"repeat":{"times":2,"intervalsMs":["x"]}}',
  '{"timeoutMs":"x"}',
  '{"timeoutMs":{}}',
  '{"timeoutMs":-1}',
  '{"timeoutMs":1e300}',
  '{"timeoutMs":0.5}',
  '{"resultTtlMs":"x"}',
  '{"resultTtlMs":0.5}',
  '{"resultTtlMs":1e300}',
  '{"resultTtlMs":{}}',
  '{"resultTtlMs":-7}',
  '{"failureTtlMs":"x"}',
  '{"failureTtlMs":[]}',
  '{"description":{}}',
  '{"description":7}',
  '{"futures":5}',
  '{"futures":{"0":5}}',
  '{"futures":{"__proto__":"a@q"}}',
  '{"futures":{"x":"a@q"}}',
  '{"futures":{"99999999999":"a@q"}}',
  '{"resultLimit":"x"}',
  '{"resultLimit":-1}',
  '{"onSuccess":5}',
  '{"onSuccess":{"func":5}}',
  '{"onFailure":{"func":"./tasks#add","timeoutMs":"x"}}',
  '{"webhooks":5}',
  '{"webhooks":[5]}',
  '{"webhooks":[{"on":"finished","url":"no url","method":"GET"}]}',
  '{"group":5}',
  '{"group":"}:{"}',
  '{"__proto__":{"timeoutMs":1}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"unheardOf":1}',
  '5',
  'null',
  '"x"',
  '[1]',
]

const ENOUGH = 60_000

describe('a worker, its queue full of damaged records,', () => {
  test(
    'runs every sound job beside them, and ends',
    async () => {
      const q = h.queue()
      const { lines, logger } = logbook()
      const cases: [string, string][] = Object.keys(FIELDS).flatMap((field) =>
        GARBAGE.map((value): [string, string] => [field, value]),
      )
      for (const json of OPTIONS) cases.push(['opts', json])
      const sound = []
      const damaged = []
      for (const [field, value] of cases) {
        const funcs = ['./tasks#add', './tasks#fail']
        for (const func of value.length > 1000 ? funcs.slice(0, 1) : funcs) {
          const job = await q.enqueue(func, 1, 2)
          damaged.push({ id: job.id, what: `${field}=${value.slice(0, 40)} ${func}` })
          await h.redis.hset(`${h.base('q')}job:${job.id}`, field, value, 'fx', 1)
          if (field !== 'fx') await h.redis.hset(`${h.base('q')}watched`, job.id, '!')
        }
        sound.push(await q.enqueue('./tasks#add', 1, 2))
      }
      const errors: unknown[] = []
      const onError = (error: unknown) => void errors.push(error)
      process.on('uncaughtException', onError).on('unhandledRejection', onError)
      const worker = h.worker('q', { concurrency: 20, burst: true, logger })
      await worker.run()
      process.off('uncaughtException', onError).off('unhandledRejection', onError)
      expect(errors).toEqual([])
      const fates = await Promise.all(
        sound.map(async (job) => await h.redis.hget(`${h.base('q')}job:${job.id}`, 'st')),
      )
      expect(fates.filter((fate) => fate !== 'finished').length).toBe(0)
      console.log(
        lines
          .filter((line) => /Trying again|maintenance/.test(line))
          .slice(0, 10)
          .map((l) => l.slice(0, 300)),
      )
      console.log(damaged.length)
      const states: Record<string, string[]> = {}
      for (const { id, what } of damaged) {
        const st = (await h.redis.hget(`${h.base('q')}job:${id}`, 'st')) ?? 'none'
        ;(states[st.slice(0, 20)] ??= []).push(what)
      }
      console.log(
        Object.fromEntries(Object.entries(states).map(([k, v]) => [k, [v.length, ...v.slice(0, 12)]])),
      )
      const keys = await h.redis.keys(`${h.prefix}:*`)
      await h.redis.unlink(...keys)
    },
    ENOUGH,
  )
})
