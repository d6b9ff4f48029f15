import { expect, test } from 'vitest'
import { currentJob, InvalidStateError, JobNotFoundError, WaitTimeoutError } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const drain = () => h.drain('q', { paths: ['.'] })

test('a job that succeeds is finished, its value readable, and in the finished registry only [rq 47]', async () => {
  const q = h.queue()
  const job = await q.enqueue(tasks.add, 1, 2)
  await drain()
  expect(await job.returnValue()).toBe(3)
  expect([job.isFinished, job.isFailed, job.isQueued]).toEqual([true, false, false])
  expect(await q.finishedJobRegistry.ids()).toEqual([job.id])
  expect([await q.startedJobRegistry.count(), await q.isEmpty()]).toEqual([0, true])
})

test('a horse that exits badly after its answer costs neither the job nor the worker [rq 49]', async () => {
  const q = h.queue()
  const worker = h.worker('q', { isolation: 'process' })
  const running = worker.run()
  const pid = await (await q.with({ resultTtl: 0 }).enqueue('./tasks#exitAfterAnswer')).result
  await expect.poll(() => isAlive(pid as number)).toBe(false)
  expect(await (await q.enqueue('./tasks#add', 1, 2)).result).toBe(3)
  await worker.stop()
  expect(await running).toMatchObject({ finished: 2, failed: 0 })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('of several runs each is kept, with its worker, its times and its error, the latest last [rq 50] [rq 55]', async () => {
  const job = await h.queue().with({ retry: 2 }).enqueue('./tasks#failUntil', 3)
  await h.drain('q', { name: 'wanda' })
  const runs = await job.runs()
  expect(runs.map(({ attempt, outcome, worker }) => [attempt, outcome, worker])).toEqual([
    [1, 'failed', 'wanda'],
    [2, 'failed', 'wanda'],
    [3, 'finished', 'wanda'],
  ])
  for (const { startedAt, endedAt } of runs)
    expect(endedAt!.getTime()).toBeGreaterThanOrEqual(startedAt.getTime())
})

test('errors of attempts that were retried are kept [rq trap]', async () => {
  const job = await h.queue().with({ retry: 1 }).enqueue('./tasks#failUntil', 9)
  await h.drain()
  expect((await job.runs()).map(({ error }) => error?.message)).toEqual(['attempt 1', 'attempt 2'])
})

test('a job that returns nothing has finished all the same [rq 52]', async () => {
  const q = h.queue()
  const job = await q.enqueue(tasks.nothing)
  expect([await job.returnValue(), job.isFinished]).toEqual([undefined, false])
  await drain()
  expect([await job.returnValue(), job.isFinished]).toEqual([undefined, true])
  expect(await job.result).toBeUndefined()
})

test('waiting gives up after its time, ends when the result comes, and at once where it is there [rq 53]', async () => {
  const job = await h.queue().enqueue(tasks.add, 1, 2)
  await expect(job.wait({ timeout: '10ms' })).rejects.toBeInstanceOf(WaitTimeoutError)
  const waiting = job.wait({ timeout: '20s' })
  await drain()
  expect(await waiting).toBe(3)
  expect(await job.wait({ timeout: '1ms' }).catch(() => job.wait())).toBe(3)
})

test('waiting for a job that is run again waits for that run [rq trap]', async () => {
  const job = await h.queue().with({ id: 'again' }).enqueue('./tasks#fail')
  await h.drain()
  await job.result.catch(() => {})
  await job.requeue()
  await expect(job.wait({ timeout: '10ms' })).rejects.toBeInstanceOf(WaitTimeoutError)
})

test('a failed job that is requeued has all its attempts again [rq trap]', async () => {
  const job = await h.queue().with({ retry: 1 }).enqueue('./tasks#failUntil', 9)
  await h.drain()
  await job.requeue()
  await h.drain()
  expect(await job.runs()).toHaveLength(4)
})

test('an async function’s result is what a plain one’s would be [rq 56]', async () => {
  const q = h.queue()
  const [plain, later] = [await q.enqueue(tasks.add, 1, 2), await q.enqueue(tasks.addLater, 1, 2)]
  await drain()
  expect(await plain.result).toBe(await later.result)
})

test('the current job is there inside a job only, in the synchronous mode too [rq 58]', async () => {
  const [q, sync] = [h.queue(), h.queue('sync', { async: false })]
  const jobs = [await q.enqueue(tasks.about), await sync.enqueue(tasks.about)]
  await drain()
  for (const job of jobs) expect(await job.result).toMatchObject({ id: job.id, queue: job.queue, attempt: 1 })
  expect(currentJob()).toBeUndefined()
})

test('a result that is kept for no time leaves nothing, a failure that is kept for none neither [rq trap]', async () => {
  const q = h.queue()
  const options = { resultTtl: 0, failureTtl: 0 }
  const jobs = [await q.with(options).enqueue(tasks.nothing), await q.with(options).enqueue(tasks.fail)]
  await drain()
  expect([await q.count('finished'), await q.count('failed')]).toEqual([0, 0])
  for (const { id } of jobs) expect(await h.redis.keys(`${h.base('q')}*${id}*`)).toEqual([])
})

test('every key of a job that failed expires with it, or is deleted with it [rq trap]', async () => {
  const q = h.queue()
  const jobs = []
  for (const failureTtl of ['1h', -1] as const)
    jobs.push(await q.with({ failureTtl, retry: 1 }).enqueue('./tasks#failUntil', 9))
  await h.drain()
  const ttls = (id: string) =>
    h.redis.keys(`${h.base('q')}*${id}`).then((keys) => Promise.all(keys.map((key) => h.redis.pttl(key))))
  for (const ttl of await ttls(jobs[0]!.id)) expect(ttl).toBeGreaterThan(3_500_000)
  for (const ttl of await ttls(jobs[1]!.id)) expect(ttl).toBe(-1)
  await jobs[1]!.delete()
  expect(await ttls(jobs[1]!.id)).toEqual([])
})

test('a job that has not failed is not requeued [rq 67]', async () => {
  const q = h.queue()
  const job = await q.enqueueIn('1h', tasks.nothing)
  await expect(job.requeue()).rejects.toBeInstanceOf(InvalidStateError)
  await expect(q.failedJobRegistry.requeue(job)).rejects.toBeInstanceOf(InvalidStateError)
  await expect(q.failedJobRegistry.requeue('nobody')).rejects.toBeInstanceOf(JobNotFoundError)
  expect(await q.requeue([job.id, 'nobody'])).toBe(0)
  const done = await q.enqueue(tasks.nothing)
  await drain()
  await expect(done.requeue()).rejects.toThrow('expected failed, stopped or canceled')
})
