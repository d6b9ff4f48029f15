import { describe, expect, test } from 'vitest'
import { type JobFailedError, Queue } from '../../lib/index.ts'
import * as tasks from '../fixtures/retry-tasks.ts'
import { addLater, failUntil } from '../fixtures/tasks.ts'

const q = () => new Queue('q', { async: false })

describe('in the synchronous mode', () => {
  test('retries run at once, their waits are not waited for', async () => {
    const job = await q()
      .with({ retry: { max: 3, interval: '1h', factor: 2, jitter: 1 } })
      .enqueue(failUntil, 3)
    expect(await job.result).toBe(3)
    expect((await job.runs()).map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'finished'])
    expect(job.retriesLeft).toBe(1)
  })

  test('errors that are not for a retry fail at once', async () => {
    const retry = { max: 3, only: [tasks.CardError] }
    const run = async (fault: tasks.Fault) =>
      (await (await q().with({ retry }).enqueue(tasks.throws, fault)).runs()).length
    expect([await run('card'), await run('app'), await run('unrecoverable')]).toEqual([4, 1, 1])
  })

  test.each(['throw', 'return'] as const)('a Retry, by %s, runs the job again', async (how) => {
    const job = await q().enqueue(tasks.asksUntil, 3, { in: '1h', reason: 'not yet' }, how)
    expect(await job.result).toBe(3)
    expect((await job.runs()).map(({ outcome }) => outcome)).toEqual(['retried', 'retried', 'finished'])
  })

  test('a Retry too many fails the job', async () => {
    const job = await q().enqueue(tasks.asksUntil, 9, { max: 1 })
    const error = (await job.result.catch((error) => error)) as JobFailedError
    expect(error.cause).toMatchObject({ name: 'MaxRetriesExceededError' })
  })

  test('repetitions run at once, and dependents after the last one', async () => {
    const queue = q()
    const job = await queue.with({ repeat: { times: 2, interval: '1h' } }).enqueue(addLater, 1, 2)
    const child = await queue.enqueue(addLater, job, 1)
    expect([await job.result, await child.result]).toEqual([3, 4])
    expect((await job.runs()).map(({ attempt, result }) => [attempt, result])).toEqual(Array(3).fill([1, 3]))
    expect(job.repeatsLeft).toBe(0)
  })

  test('a thousand repetitions are no deeper than one', async () => {
    const job = await q().with({ repeat: 1_000 }).enqueue(addLater, 1, 2)
    expect(job.status).toBe('finished')
  })

  test('a job that asks until something happens lets it happen', async () => {
    let happened = false
    setTimeout(() => {
      happened = true
    }, 5)
    tasks.until.done = () => happened
    expect(await (await q().enqueue(tasks.asksUntilDone)).result).toBe('done')
  })

  test('the next outcome after a requeue is there at once', async () => {
    const job = await q().enqueue(failUntil, 9)
    expect(await job.nextOutcome({ timeout: '10ms' })).toBeNull()
    await job.requeue()
    expect(await job.nextOutcome({ timeout: '10ms' })).toMatchObject({ outcome: 'failed' })
  })
})
