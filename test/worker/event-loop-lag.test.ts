import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Worker } from '../../lib/index.ts'
import { EventLoopLag } from '../../lib/worker/event-loop-lag.ts'
import { harness } from '../kit/harness.ts'
import { until } from '../kit/until.ts'

const h = harness()

function block(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}

/** The loop goes on turning meanwhile. */
async function turnFor(ms: number): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) await turn()
}

test('what blocks is seen, whether a timer has told of it by then or not', async () => {
  const lag = new EventLoopLag()
  expect(lag.take()).toBeUndefined()
  lag.start()
  for (const [before, after] of [
    [0, 0],
    [0, 60],
    [60, 0],
    [60, 60],
  ] as const) {
    await turnFor(before)
    block(300)
    await turnFor(after)
    expect([before, after, lag.take()!.maxMs >= 240]).toEqual([before, after, true])
  }
  expect(lag.take()).toBeUndefined()
  lag.stop()
  block(300)
  expect(lag.take()).toBeUndefined()
})

test('a worker tells by how much a job in its own process has blocked it, until it has no jobs', async () => {
  const worker = h.worker('q', { name: 'w', isolation: 'none', jobMonitoringInterval: 0.5 })
  const running = worker.run()
  await h.queue().enqueue('./tasks#spinFor', 400)
  const lag = async () => (await Worker.fetch('w', { connection: h.url, prefix: h.prefix }))?.eventLoopLag
  await until('the block to be told', async () => ((await lag())?.maxMs ?? 0) > 300)
  await until('nothing to be told any more', async () => (await lag())?.maxMs === 0)
  await worker.stop()
  await running
})
