import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { AbandonedJobError } from '../../lib/index.ts'
import { FIXTURES, harness, REDIS_URL } from '../kit/harness.ts'

const BIN = new URL('../../dist/cli/rqworker.js', import.meta.url).pathname
const h = harness()
const workers: ChildProcess[] = []

/** A real worker process, as a user starts it. */
function rqworker(...args: string[]): ChildProcess {
  const argv = [BIN, 'q', '--url', REDIS_URL, '--prefix', h.prefix, '--path', FIXTURES, ...args]
  const worker = spawn(process.execPath, argv, { stdio: 'ignore', env: process.env })
  workers.push(worker)
  return worker
}

async function died(worker: ChildProcess): Promise<void> {
  if (worker.exitCode === null && worker.signalCode === null) await once(worker, 'exit')
}

/** What a dead worker held is free when its lease is over; here, at once. */
async function endLeases(): Promise<void> {
  const key = `${h.base('q')}workers`
  for (const name of await h.redis.zrange(key, '0', '-1')) await h.redis.zadd(key, 1, name)
}

afterEach(async () => {
  for (const worker of workers.splice(0)) {
    worker.kill('SIGKILL')
    await died(worker)
  }
})

test('[F1] a job whose worker is killed with kill -9 is run by the next one, and its horse ends too', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#holdAndTell', h.gate('x'))
  const first = rqworker()
  await h.reached('x')
  const horse = Number(await h.redis.get(`${h.gate('x')}:pid`))
  first.kill('SIGKILL')
  await died(first)
  await expect.poll(() => isAlive(horse), { timeout: 5_000 }).toBe(false)
  await endLeases()
  rqworker()
  await h.reached('x')
  await h.open('x')
  expect(await job.result).toBe('let go')
  const runs = await job.runs()
  expect(runs.map((run) => run.outcome)).toEqual(['abandoned', 'finished'])
  expect(job.recoveries).toBe(1)
  expect(job.attempt).toBe(1)
})

test('[F4] a job that kills its worker each time fails after the third, and drags nobody along', async () => {
  const q = h.queue()
  const poison = await q.enqueue('./tasks#killWorker')
  const others = []
  for (let n = 0; n < 5; n++) others.push(await q.enqueue('./tasks#add', n, 1))
  for (let n = 0; n < 3; n++) {
    const worker = rqworker()
    await died(worker)
    await endLeases()
  }
  rqworker()
  expect(await Promise.all(others.map((job) => job.result))).toEqual([1, 2, 3, 4, 5])
  await expect(poison.result).rejects.toMatchObject({ cause: { name: AbandonedJobError.name } })
  for (const job of others) expect((await job.refresh()).recoveries).toBe(0)
  const runs = await poison.runs()
  expect(runs.map((run) => run.outcome)).toEqual(['abandoned', 'abandoned', 'failed'])
})

test('[F6] SIGTERM lets the running job end; the worker leaves nothing behind and exits 0', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  const waits = await q.enqueue('./tasks#add', 1, 1)
  const worker = rqworker()
  await h.reached('x')
  worker.kill('SIGTERM')
  await h.open('x')
  await died(worker)
  expect(worker.exitCode).toBe(0)
  expect(await job.result).toBe('let go')
  expect(await q.jobIds()).toEqual([waits.id])
  expect(await h.redis.zcard(`${h.base('q')}workers`)).toBe(0)
  expect(await h.redis.keys(`${h.prefix}:worker:*`)).toEqual([])
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
