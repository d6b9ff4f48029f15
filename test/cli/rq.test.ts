import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { run } from './running.ts'

const env = { RQ_REDIS_URL: inject('redisUrl'), RQ_PREFIX: `rq-${randomUUID().slice(0, 8)}` }
const ADD = './test/cli/fixtures/tasks#add'

test('rq enqueues, works off, and shows, each in a process of its own', async () => {
  const enqueued = await run('cli/rq.ts', ['enqueue', ADD, ':1', ':2', '-q', 'low', '--job-id', 'j1'], env)
    .ended
  expect(enqueued).toEqual({ code: 0, out: "Enqueued tasks.add(1, 2) with job-id 'j1'.\n", err: '' })
  const worked = await run('cli/rq.ts', ['worker', 'low', '--burst'], env).ended
  expect(worked.code).toBe(0)
  expect(worked.out).toContain('low: Job OK (j1)')
  const info = await run('cli/rqinfo.ts', ['--raw', '-Q'], env).ended
  expect(info).toEqual({ code: 0, out: 'queue low 0, 0 executing, 1 finished, 0 failed\n', err: '' })
})

test('rq --help needs neither Redis nor its client', async () => {
  const { code, out, err } = await run('cli/rq.ts', ['--help'], { NODE_DEBUG: 'esm' }).ended
  expect(code).toBe(0)
  expect(out).toMatch(/^Usage: rq /)
  expect(err).not.toContain('ioredis/')
})

test('stdin, where it is a pipe, is no one to answer', async () => {
  const { code, err } = await run('cli/rq.ts', ['empty', 'low'], env).ended
  expect(code).toBe(6)
  expect(err).toContain('rq empty low --yes')
})

test('what shows something again and again ends when nobody reads it any more', async () => {
  const { child, said, ended } = run('cli/rq.ts', ['info', 'low', '--interval', '0.1', '--raw'], env)
  await said('low')
  child.stdout!.destroy()
  expect(await ended).toMatchObject({ code: 0, err: '' })
})
