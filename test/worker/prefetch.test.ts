import { expect, test } from 'vitest'
import { call, type Isolation } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const SHORT = 200

const short = () => Array.from({ length: SHORT }, () => call('./tasks#nothing'))
const long = (name: string) => call('./tasks#hold', h.gate(name), true)

for (const isolation of ['none', 'process'] as const satisfies readonly Isolation[]) {
  test(`two workers with isolation ${isolation}: no job waits behind a long one while a worker is free`, async () => {
    const queue = h.queue()
    const finished = (count: number) =>
      expect.poll(() => queue.count('finished'), { timeout: 20_000 }).toBe(count)
    // After the first ones both workers claim ahead, so that what follows is claimed together with a long job.
    await queue.enqueueMany([...short(), long('one'), ...short(), long('two'), ...short()])
    const workers = ['a', 'b'].map((name) => h.worker('q', { name, isolation }))
    const running = workers.map((worker) => worker.run())

    // Both run at once, whichever worker had claimed them.
    await Promise.all([h.reached('one'), h.reached('two')])
    // What had been claimed ahead with them goes back.
    await expect.poll(() => queue.count('started')).toBe(2)

    await h.open('one')
    // One long job still runs: all that is short goes past it.
    await finished(3 * SHORT + 1)
    expect(await queue.count('queued')).toBe(0)

    // Long ones in a row, of which the free worker had claimed ahead: the second goes to whoever is free next.
    await queue.enqueueMany([...short(), long('three'), long('four'), ...short()])
    await h.reached('three')
    await h.open('two')
    await h.reached('four')
    await h.open('three')
    await h.open('four')
    await finished(5 * SHORT + 4)

    for (const worker of workers) await worker.stop()
    await Promise.all(running)
  })
}
