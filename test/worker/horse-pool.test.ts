import { expect, onTestFinished, test, vi } from 'vitest'
import type { Assignment, Outcome } from '../../lib/run/assignment.ts'
import { CAPACITY } from '../../lib/worker/horse/gate.ts'
import type { Horse, HorseEvents } from '../../lib/worker/horse/horse.ts'
import { HorsePool } from '../../lib/worker/horse-pool.ts'

const DONE: Outcome = { kind: 'finished', result: '', ms: 1 }
const STUCK: Outcome = { kind: 'failed', error: '{}', permanent: true, stuck: true, ms: 1 }

function job(id: string): Assignment {
  return {
    id,
    queue: 'q',
    func: './tasks#nothing',
    args: '[]',
    attempt: 1,
    recoveries: 0,
    timeoutMs: null,
    resultLimit: 1_000,
    worker: 'w',
  }
}

/** A pool whose horse, the last one where it has several, does what the test says: its answers come in an order of the test's. */
function pool(concurrency: number, horses = 1) {
  const sent: string[] = []
  const began: string[] = []
  const over = new Set<string>()
  const starts: { slots: number; says: HorseEvents }[] = []
  let kills = 0
  let stops = 0
  let says: HorseEvents
  let answer: (ids: string[]) => void = () => {}
  const horse: Horse = {
    pid: null,
    send: (batch) => void sent.push(...batch.map(({ id }) => id)),
    withdraw: () =>
      new Promise((resolve) => {
        answer = resolve
      }),
    abort() {},
    kill: () => void kills++,
    stop: async () => void stops++,
  }
  const options = {
    worker: 'w',
    isolation: 'process' as const,
    concurrency,
    horses,
    roots: [],
    codec: undefined,
    maxMemoryMb: undefined,
    onFork() {},
    onGrown() {},
    bootstrap: undefined,
    place: undefined,
    title: undefined,
    captureOutput: false,
  }
  const its = new HorsePool(
    options,
    {
      began: (id) => void began.push(id),
      outcome() {},
      update() {},
      ask: () => Promise.reject(new Error('nobody asks')),
      died() {},
      again: (id) => !over.has(id),
      unusable() {},
    },
    (_, { slots }, events) => {
      says = events
      starts.push({ slots, says })
      return horse
    },
  )
  return {
    pool: its,
    sent,
    began,
    ready: () => says.ready?.(),
    ends: (id: string, outcome = DONE) => says.outcome(id, outcome),
    grows: () => says.grown?.(1),
    /** The horse ends before it could run anything. */
    dies: (...jobs: string[]) =>
      says.exit({ code: null, signal: 'SIGKILL', culprit: null, jobs, ready: false }),
    /** In the order of their starts: their slots, and the end of one that runs. */
    slots: () => starts.map(({ slots }) => slots),
    crash: (which: number, ...jobs: string[]) =>
      starts[which]!.says.exit({ code: null, signal: 'SIGKILL', culprit: null, jobs, ready: true }),
    over,
    kills: () => kills,
    stops: () => stops,
    withdraws: (...ids: string[]) => answer(ids),
  }
}

test('a job that a horse begins in the place of one that was taken back leaves its place when it ends', async () => {
  const { pool: its, sent, began, ready, ends, withdraws } = pool(1)
  its.run([job('runs'), job('x'), job('y')], 2)
  ready()
  const back = its.takeBack()
  // The horse had its answer under way: it skips x, which is withdrawn, and begins y before that can be withdrawn too.
  ends('runs')
  withdraws('x')
  expect(await back).toEqual(['x'])
  expect(began).toEqual(['runs', 'x', 'y'])
  ends('y')
  expect(its.isIdle).toBe(true)
  its.run([job('next')], 0)
  expect(sent).toEqual(['runs', 'x', 'y', 'next'])
})

test('a job that ends before it was seen to begin leaves no trace', async () => {
  const { pool: its, sent, ends, withdraws } = pool(1)
  its.run([job('runs'), job('x'), job('y')], 2)
  const back = its.takeBack()
  ends('runs')
  ends('y')
  withdraws('x')
  expect(await back).toEqual(['x'])
  expect(its.isIdle).toBe(true)
  its.run([job('next')], 0)
  expect(sent).toEqual(['runs', 'x', 'y', 'next'])
})

test('a job whose time was over before its horse had started is not sent to another', () => {
  const { pool: its, sent, over, dies, kills } = pool(2)
  its.run([job('late'), job('other')], 0)
  its.kill('late')
  over.add('late')
  dies('late', 'other')
  expect([kills(), sent]).toEqual([1, ['late', 'other', 'other']])
  its.run([job('next')], 0)
  expect(sent).toEqual(['late', 'other', 'other', 'next'])
})

test('whichever horses die, those that take their places have as many slots', () => {
  const { pool: its, slots, crash } = pool(5, 3)
  const jobs = (round: string) => ['a', 'b', 'c', 'd', 'e'].map((each) => job(`${round}-${each}`))
  its.run(jobs('first'), 0)
  expect(slots()).toEqual([2, 2, 1])
  crash(0)
  crash(2)
  its.run(jobs('second'), 0)
  expect(slots()).toEqual([2, 2, 1, 2, 1])
  crash(1)
  its.run(jobs('third'), 0)
  expect(slots()).toEqual([2, 2, 1, 2, 1, 2])
})

test('a horse is sent no more than it can hold, however many run at once', () => {
  const { pool: its, sent } = pool(CAPACITY - 100)
  its.run(
    Array.from({ length: CAPACITY + 100 }, (_, i) => job(`j${i}`)),
    1_600,
  )
  expect([sent.length, its.waiting]).toEqual([CAPACITY, 100])
})

test('a horse that cannot load a module is replaced, between jobs and not sooner than 5 s after its start', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { pool: its, ends, slots, stops } = pool(2)
  its.run([job('broken'), job('slow'), job('broken too')], 1)
  ends('broken', STUCK)
  ends('broken too', STUCK)
  vi.advanceTimersByTime(4_999)
  expect([slots().length, stops()]).toEqual([1, 0])
  vi.advanceTimersByTime(1)
  expect([slots().length, stops()]).toEqual([2, 0])
  vi.advanceTimersByTime(60_000)
  its.run([job('broken')], 0)
  ends('broken', STUCK)
  // Those that are old are replaced before they can be sent another.
  expect(slots()).toEqual([2, 2, 2])
  expect([stops(), vi.getTimerCount()]).toEqual([1, 0])
})

test('jobs that fail for another reason cost no horse', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { pool: its, ends, slots } = pool(1)
  its.run([job('fails')], 0)
  vi.advanceTimersByTime(60_000)
  ends('fails', { kind: 'failed', error: '{}', permanent: true, unknown: true, ms: 1 })
  expect([slots().length, vi.getTimerCount()]).toEqual([1, 0])
})

test('a horse that has grown takes no more jobs, and those it had not begun go to the next', async () => {
  const { pool: its, sent, slots, grows, withdraws } = pool(1)
  its.run([job('runs'), job('x')], 1)
  grows()
  grows()
  withdraws('x')
  await expect.poll(() => sent).toEqual(['runs', 'x', 'x'])
  expect(slots()).toEqual([1, 1])
})
