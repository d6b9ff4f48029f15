import { expect, test } from 'vitest'
import { parse, sampleOf } from '../../metrics/kit.ts'
import { add } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'

test('rq metrics prints what Prometheus would read', async () => {
  const p = place()
  await p.queue('mail').enqueue(add, 1, 2)
  await p.drain('mail')
  const { code, out, err } = await p.rq(['metrics'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(parse(out).length).toBeGreaterThan(20)
  expect(sampleOf(out, 'rq_jobs', { queue: 'mail', status: 'finished' })).toBe(1)
  expect((await p.rq(['metrics', '--openmetrics'])).out).toMatch(/# EOF\n$/)
})

test('without a Redis it says so', async () => {
  const { rq } = place()
  const { code, out, err } = await rq(['metrics', '--timeout', '200ms'], {
    env: { RQ_REDIS_URL: 'redis://127.0.0.1:1' },
  })
  expect([code, out]).toEqual([3, ''])
  expect(err).toContain('127.0.0.1:1')
})
