import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import { JOB_EVENTS } from '../../lib/core/job-events.ts'
import { type JobEnqueued, Queue, type WorkerEvents } from '../../lib/index.ts'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()

type Told = readonly [event: string, what: JobEnqueued]

/** Hears every channel until the test is over. */
function listen(): { told: Told[]; of: (id: string) => string[] } {
  const told: Told[] = []
  for (const event of JOB_EVENTS) {
    const name = `rq:job:${event}`
    const hear = (what: unknown) => void told.push([event, what as JobEnqueued])
    subscribe(name, hear)
    onTestFinished(() => void unsubscribe(name, hear))
  }
  return { told, of: (id) => told.filter(([, what]) => what.id === id).map(([event]) => event) }
}

test('diagnostics channels tell of a job from its enqueue to its end', async () => {
  const { told, of } = listen()
  const q = h.queue()
  const good = await q.enqueue('./tasks#add', 1, 2)
  const bad = await q.with({ retry: { max: 1, interval: 0 } }).enqueue('./tasks#fail', 'out of paper')
  const twice = await q.with({ repeat: 1 }).enqueue('./tasks#nothing')
  const worker = h.worker('q', { burst: true })
  await worker.run()
  expect(of(good.id)).toEqual(['enqueue', 'begin', 'finish'])
  expect(of(bad.id)).toEqual(['enqueue', 'begin', 'retry', 'begin', 'fail'])
  expect(of(twice.id)).toEqual(['enqueue', 'begin', 'repeat', 'begin', 'finish'])
  const [enqueue, begin, retry, again, fail] = told.filter(([, { id }]) => id === bad.id).map(([, e]) => e)
  const job = { id: bad.id, queue: 'q', func: './tasks#fail' }
  const error = expect.objectContaining({ name: 'TypeError', message: 'out of paper' })
  expect(enqueue).toEqual(job)
  expect(begin).toEqual({ ...job, attempt: 1, worker: worker.name })
  expect(retry).toEqual({ ...begin, ms: expect.any(Number), delayMs: 0, error })
  expect(again).toEqual({ ...begin, attempt: 2 })
  expect(fail).toEqual({ ...begin, attempt: 2, ms: expect.any(Number), error })
})

test('what was not accepted, or was there already, is not told as enqueued', async () => {
  const { told } = listen()
  const q = h.queue()
  await q.with({ id: 'one' }).enqueue('./tasks#nothing')
  await expect(q.with({ id: 'one' }).enqueue('./tasks#nothing')).rejects.toThrow('has a job one already')
  const only = { unique: { key: 'k', onDuplicate: 'existing' } } as const
  const first = await q.with(only).enqueue('./tasks#nothing')
  expect((await q.with(only).enqueue('./tasks#nothing')).id).toBe(first.id)
  expect(told.map(([, { id }]) => id)).toEqual(['one', first.id])
})

test('the synchronous mode tells the same', async () => {
  const { of } = listen()
  const q = new Queue('here', { async: false })
  const job = await q.enqueue('./test/fixtures/tasks#nothing')
  expect(of(job.id)).toEqual(['enqueue', 'begin', 'finish'])
})

test("a worker's listeners hear of its runs, and cannot disturb them", async () => {
  const { lines, logger } = logbook()
  const q = h.queue()
  const job = await q.enqueue('./tasks#fail', 'no')
  const heard: WorkerEvents['fail'][] = []
  const off = () => expect.unreachable('it was taken off')
  const worker = h
    .worker('q', { burst: true, logger })
    .on('fail', () => {
      throw new Error('the listener is broken')
    })
    .on('fail', async () => {
      throw new Error('and so is this one')
    })
    .on('fail', (event) => heard.push(event))
    .on('fail', off)
    .off('fail', off)
  await worker.run()
  expect(heard).toEqual([
    expect.objectContaining({ id: job.id, error: expect.objectContaining({ message: 'no' }) }),
  ])
  await job.refresh()
  expect(job.status).toBe('failed')
  expect(lines.filter((line) => line.startsWith("a listener of 'fail' threw: Error:"))).toHaveLength(2)
})

test('a job that the end of its worker interrupts is told as given back', async () => {
  const { of } = listen()
  const job = await h.queue().enqueue('./tasks#hold', h.gate('g'))
  const worker = h.worker('q', { isolation: 'thread' })
  const running = worker.run()
  await h.reached('g')
  await worker.stopNow()
  await running
  expect(of(job.id)).toEqual(['enqueue', 'begin', 'giveBack'])
})
