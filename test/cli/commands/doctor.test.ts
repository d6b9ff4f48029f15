import { expect, test } from 'vitest'
import { add, fail } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'

const byCheck = (findings: { check: string; level: string; message: string }[], check: string) =>
  findings.filter((finding) => finding.check === check).map(({ level, message }) => `${level}: ${message}`)

test('the doctor looks at settings, server and data, with a hint for what is wrong', async () => {
  const p = place()
  await p.queue('low').enqueue(add, 1, 2)
  const { code, json } = await p.rq(['doctor', '--json'])
  expect(code).toBe(1)
  expect(json.schema).toBe('rq.doctor/1')
  expect(byCheck(json.data, 'config')).toEqual(['ok: none'])
  expect(byCheck(json.data, 'connection')).toEqual([
    expect.stringMatching(/^ok: redis at .*, from RQ_REDIS_URL$/),
  ])
  expect(byCheck(json.data, 'eviction')).toEqual(['ok: noeviction'])
  expect(byCheck(json.data, 'queues')).toEqual(['ok: 1 queue', 'problem: low has 1 job and no worker'])
  expect(byCheck(json.data, 'orphans')).toEqual(['ok: none among 1 job looked at'])
  for (const { level, hint } of json.data) expect(level === 'ok' || hint.length > 10).toBe(true)
})

test('it goes on after a failure, and shows no credentials', async () => {
  const p = place()
  const { code, json, out } = await p.rq([
    'doctor',
    '--json',
    '--url',
    'redis://user:secret@127.0.0.1:1',
    '--timeout',
    '300ms',
  ])
  expect(code).toBe(1)
  expect(byCheck(json.data, 'dns')).toEqual(['ok: 127.0.0.1 is 127.0.0.1'])
  expect(byCheck(json.data, 'ping')).toEqual([expect.stringMatching(/^problem: redis at 127\.0\.0\.1:1/)])
  expect(byCheck(json.data, 'orphans')).toEqual(['warning: not looked at: Redis does not answer'])
  expect(out).not.toContain('secret')
})

test('records that something else has deleted are found in a sample', async () => {
  const p = place()
  const job = await p.queue('low').enqueue(add, 1, 2)
  const { Redis } = await import('ioredis')
  const redis = new Redis(p.url)
  await redis.del(`${p.prefix}:{low}:job:${job.id}`)
  redis.disconnect()
  const { out } = await p.rq(['doctor'])
  expect(out).toMatch(/⚠ orphans +ids without a record: 1 queued in low\n {15}Something else/)
})

test('records whose time is over are not missed, though no worker has taken them off their list yet', async () => {
  const p = place()
  const q = p.queue('low')
  await q.with({ resultTtl: '1ms' }).enqueue(add, 1, 2)
  await p.drain('low')
  await expect.poll(async () => (await q.jobs('finished')).length).toBe(0)
  expect(await q.count('finished')).toBe(1)
  const { out } = await p.rq(['doctor'])
  expect(out).toMatch(/✓ orphans +none among/)
})

test('check keeps quiet about nothing: a line for each limit, 5 where one is exceeded', async () => {
  const p = place()
  await p.queue('low').enqueue(fail, 'no')
  await p.drain('low')
  await p.queue('low').enqueue(add, 1, 2)
  const kept = await p.rq([
    'check',
    '--max-wait',
    '60s',
    '--max-failed',
    '1',
    '--max-queued',
    '1',
    '--min-workers',
    '0',
  ])
  expect(kept.code).toBe(0)
  expect(kept.out).toMatch(
    /^ok: longest wait \ds.*, at most 60s\nok: 1 failed job, at most 1\nok: 1 waiting job, at most 1\nok: 0 workers on low, at least 0\n$/,
  )
  const broken = await p.rq(['check', '--max-failed', '0', '--min-workers', '1'])
  expect(broken).toMatchObject({
    code: 5,
    out: 'BREACH: 1 failed job, at most 0\nBREACH: 0 workers on low, at least 1\n',
  })
  expect(await p.rq(['check', '--max-failed', '0', '--quiet'])).toMatchObject({ code: 5, out: '' })
  expect((await p.rq(['check', '--max-failed', '0', '--json'])).json).toEqual({
    schema: 'rq.check/1',
    data: [{ check: 'max-failed', ok: false, message: '1 failed job, at most 0' }],
    warnings: [],
  })
  expect((await p.rq(['check', '--queue', 'nope', '--max-failed', '0'])).code).toBe(4)
})
