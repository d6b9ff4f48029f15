import { expect, test } from 'vitest'
import { resume, suspend, type Worker, type WorkerLife } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const EVENTS = [
  'beforeFirstFork',
  'beforeFork',
  'beforePause',
  'afterPause',
  'queueEmpty',
  'shutdown',
  'workerExit',
] as const satisfies (keyof WorkerLife)[]

function listen(worker: Worker): string[] {
  const heard: string[] = []
  for (const event of EVENTS) {
    worker.on(event, (news) => {
      expect(news).toEqual({ worker: worker.name })
      heard.push(event)
    })
  }
  return heard
}

test('a worker tells of its horses, of an empty queue and of its end', async () => {
  const q = h.queue()
  await q.enqueue('./tasks#nothing')
  const worker = h.worker('q', { isolation: 'process', concurrency: 2 })
  const heard = listen(worker)
  const running = worker.run()
  await expect.poll(() => heard, { timeout: 15_000 }).toContain('queueEmpty')
  await q.enqueue('./tasks#nothing')
  await expect.poll(() => heard.filter((event) => event === 'queueEmpty').length, { timeout: 15_000 }).toBe(2)
  await worker.stop()
  await running
  expect(heard.slice(0, 2)).toEqual(['beforeFirstFork', 'beforeFork'])
  expect(heard.slice(-2)).toEqual(['shutdown', 'workerExit'])
})

test('a burst ends with an empty queue, and in this process nothing is forked', async () => {
  const worker = h.worker('q', { burst: true })
  const heard = listen(worker)
  await worker.run()
  expect(heard).toEqual(['queueEmpty', 'workerExit'])
})

test('a worker tells of its own pause, once where all are suspended as well', async () => {
  const options = { connection: h.url, prefix: h.prefix }
  const worker = h.worker('q', { jobMonitoringInterval: '100ms' })
  const heard = listen(worker)
  const running = worker.run()
  await expect.poll(() => heard).toEqual(['queueEmpty'])
  worker.pause()
  worker.pause()
  expect(heard.splice(0)).toEqual(['queueEmpty', 'beforePause'])
  worker.resume()
  expect(heard.splice(0)).toEqual(['afterPause'])
  await suspend(options)
  await expect.poll(() => heard.splice(0)).toEqual(['beforePause'])
  worker.pause()
  worker.resume()
  await resume(options)
  await expect.poll(() => heard).toEqual(['afterPause'])
  await worker.stop()
  await running
})

test('a worker tells of a pause of all workers, and of its end', async () => {
  const options = { connection: h.url, prefix: h.prefix }
  const worker = h.worker('q', { jobMonitoringInterval: '100ms' })
  const heard = listen(worker)
  const running = worker.run()
  await expect.poll(() => heard).toContain('queueEmpty')
  await suspend(options)
  await expect.poll(() => heard).toContain('beforePause')
  await resume(options)
  await expect.poll(() => heard).toContain('afterPause')
  await worker.stop()
  await running
})
