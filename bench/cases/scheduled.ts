import { type Case, rowsBy } from '../case.ts'
import { finished, startWorkers } from '../drain.ts'
import { produce } from '../preload.ts'

const JOBS = 10_000
const CONCURRENCY = 100
/** Time enough to store them all and to start a worker. */
const AHEAD_MS = 4_000

/** Jobs that fall due at the same moment, with an idle worker there: from that moment until the last has ended. */
export const scheduled: Case = {
  name: 'scheduled',
  rows: rowsBy(['none'], '10,000 jobs due at once, concurrency 100'),
  isolations: ({ abilities }) => (abilities.includes('schedule') ? ['none'] : []),
  async measure(contender, bench) {
    const jobs = bench.count(JOBS)
    const [worker] = await startWorkers(contender, bench, { concurrency: CONCURRENCY })
    await worker!.answer()
    const due = Date.now() + AHEAD_MS
    await produce(contender.name, bench, 'noop', (producer) => producer.schedule!(jobs, due))
    if (Date.now() >= due)
      throw new Error('Expected all jobs to be stored before they fall due, it took longer')
    const { at, count } = await finished(contender, bench, jobs, jobs)
    await worker!.stop()
    return { rate: count / ((performance.timeOrigin + at - due) / 1000) }
  },
}
