import { expect, test } from 'vitest'
import { harness } from '../kit/harness.ts'
import { type RealWorker, rqworker, SHORT_LEASE } from './kit.ts'

const h = harness()

/** What a dead worker held is free when its lease is over; here, at once. */
async function endLeases(): Promise<void> {
  const key = `${h.base('q')}workers`
  for (const name of await h.redis.zrange(key, '0', '-1')) await h.redis.zadd(key, 1, name)
}

test('[F1] workers that are killed at random points of claim, run and finish lose no job and end none twice', async () => {
  const q = h.queue()
  const amount = 2_000
  const jobs = await Promise.all(Array.from({ length: amount }, (_, n) => q.enqueue('./tasks#add', n, 1)))
  const finished = async () => Number(await h.redis.hget(`${h.base('q')}stats`, 'finished'))
  const seed = Date.now() % 1_000
  for (let round = 0; round < 4; round++) {
    const worker = rqworker(h.prefix, ['-c', '4', '--quiet'])
    const until = (await finished()) + 1 + ((seed * (round + 7) * 31) % 150)
    while ((await finished()) < until);
    worker.child.kill('SIGKILL')
    await worker.ended
    await endLeases()
  }
  await h.drain('q', { concurrency: 8 })
  expect(await q.counts(), `seed ${seed}`).toMatchObject({
    finished: amount,
    failed: 0,
    queued: 0,
    started: 0,
  })
  expect(await finished()).toBe(amount)
  expect(await jobs.at(-1)!.result).toBe(amount)
})

test('[F22] a worker that was frozen for longer than its lease has its late outcome refused, and goes on', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  const frozen = rqworker(h.prefix, ['--name', 'frozen', ...SHORT_LEASE])
  await h.reached('x')
  frozen.child.kill('SIGSTOP')
  const other = rqworker(h.prefix, ['--name', 'other', ...SHORT_LEASE])
  await h.reached('x')
  await h.open('x')
  await h.open('x')
  expect(await job.result).toBe('let go')
  expect((await job.refresh()).worker).toBe('other')
  other.child.kill('SIGTERM')
  expect(await other.ended).toBe(0)
  frozen.child.kill('SIGCONT')
  await expect
    .poll(frozen.text, { timeout: 10_000 })
    .toMatch(/refused|does not stand any more|Lost the lease/)
  expect(await (await q.enqueue('./tasks#add', 1, 1)).result).toBe(2)
  expect((await job.runs()).map((run) => run.outcome)).toEqual(['abandoned', 'finished'])
  frozen.child.kill('SIGTERM')
  expect(await frozen.ended).toBe(0)
})

test('[F18] a job that blocks its process for longer than the lease keeps it, and runs once', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#spinFor', 2_500)
  const workers = ['a', 'b'].map((name) => rqworker(h.prefix, ['--name', name, ...SHORT_LEASE]))
  expect(await job.result).toBe(0)
  expect(await job.runs()).toHaveLength(1)
  await stopped(workers)
})

test.each([3_600_000, -3_600_000])(
  '[F24] a worker whose clock is off by %d ms runs nothing early, and writes the times of Redis',
  async (ms) => {
    const q = h.queue()
    const later = await q.enqueueIn('30m', './tasks#add', 1, 1)
    const job = await q.enqueue('./tasks#add', 2, 2)
    const skew = `const now = Date.now; Date.now = () => now() + ${ms}`
    const worker = rqworker(
      h.prefix,
      ['--burst'],
      `--import data:text/javascript,${encodeURIComponent(skew)}`,
    )
    expect(await worker.ended).toBe(0)
    expect(await job.result).toBe(4)
    expect((await later.refresh()).status).toBe('scheduled')
    const { startedAt, endedAt } = await job.refresh()
    for (const time of [startedAt!, endedAt!])
      expect(Math.abs(Number(time) - Date.now())).toBeLessThan(60_000)
  },
)

test('[F21] an error that nobody caught fails the job that left it, and the worker goes on', async () => {
  const q = h.queue()
  const jobs = await Promise.all(
    ['reject', 'throwLater', 'ok'].map((fate) => q.enqueue('./horse/fates#fate', fate)),
  )
  await h.drain('q', { isolation: 'process' })
  await expect(jobs[0]!.result).rejects.toMatchObject({
    cause: { message: 'a rejection that nobody caught' },
  })
  await expect(jobs[1]!.result).rejects.toMatchObject({ cause: { message: 'thrown where nobody catches' } })
  expect(await jobs[2]!.result).toBe('done')
})

test('[F6] SIGTERM twice while a job hangs: given back, killed, and gone within the time', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  const worker = rqworker(h.prefix, ['--shutdown-timeout', '1s'])
  await h.reached('x')
  const from = performance.now()
  worker.child.kill('SIGTERM')
  worker.child.kill('SIGTERM')
  await worker.ended
  expect(performance.now() - from).toBeLessThan(3_000)
  expect(await q.jobIds()).toEqual([job.id])
  expect((await job.refresh()).attempt).toBe(0)
  expect(await h.redis.keys(`${h.prefix}:worker:*`)).toEqual([])
})

async function stopped(workers: readonly RealWorker[]): Promise<void> {
  for (const { child } of workers) child.kill('SIGTERM')
  for (const { ended } of workers) expect(await ended).toBe(0)
}

test('[F2] a job whose process is killed, aborts or ends without a word fails with what ended it, and the worker goes on', async () => {
  const q = h.queue()
  const killed = await q.enqueue('./tasks#dieBy', 'SIGKILL')
  const aborted = await q.enqueue('./tasks#dieBy', 'SIGABRT')
  const silent = await q.enqueue('./tasks#exit', 0)
  const good = await q.enqueue('./tasks#add', 1, 2)
  await h.drain('q', { isolation: 'process' })
  await expect(killed.result).rejects.toThrow(/WorkHorseDiedError.*SIGKILL/)
  await expect(aborted.result).rejects.toThrow(/WorkHorseDiedError.*SIGABRT/)
  await expect(silent.result).rejects.toThrow(/WorkHorseDiedError.*code 0/)
  expect(await good.result).toBe(3)
})
