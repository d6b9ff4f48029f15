import { Console } from 'node:console'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Job, jobFields } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

// The test runner's own console does not print to this process's streams.
beforeEach(() => vi.stubGlobal('console', new Console(process.stdout, process.stderr)))
afterEach(() => vi.unstubAllGlobals())

const linesOf = async (job: Job) => (await job.logLines()).map(({ source, text }) => `${source} ${text}`)
const printed = (name: string) => [
  `stdout ${name}: one`,
  `log ${name}: two`,
  `stderr ${name}: three`,
  `stdout ${name}: four`,
  'stdout \ufffd',
  `stderr ${name}: five`,
]

describe.each(['none', 'thread', 'process'] as const)('what a job prints (%s)', (isolation) => {
  test('is kept in its order, each job its own, also where several run at once', async () => {
    const q = h.queue()
    const jobs = await Promise.all(['a', 'b', 'c'].map((name) => q.enqueue('./output-tasks#print', name)))
    await h.drain('q', { isolation, concurrency: 3, horses: 1, captureOutput: true })
    for (const [i, job] of jobs.entries()) expect(await linesOf(job)).toEqual(printed('abc'[i]!))
  })

  test('is not kept unless the worker is told so', async () => {
    const job = await h.queue().enqueue('./output-tasks#print', 'a')
    await h.drain('q', { isolation })
    expect(await linesOf(job)).toEqual(['log a: two'])
  })
})

test('what a subprocess prints is not seen', async () => {
  const job = await h.queue().enqueue('./output-tasks#printBeside')
  await h.drain('q', { isolation: 'process', captureOutput: true })
  expect(await linesOf(job)).toEqual(['stdout of the job'])
})

test('a worker in this process gives the streams back when it ends', async () => {
  const { write } = process.stdout
  await h.queue().enqueue('./tasks#nothing')
  await h.drain('q', { captureOutput: true })
  expect(process.stdout.write).toBe(write)
})

describe('who follows a job', () => {
  test('hears its lines and its progress as they come, until it has ended', async () => {
    const job = await h.queue().enqueue('./output-tasks#reportAndHold', h.gate('half'))
    const lines: string[] = []
    const progress: unknown[] = []
    let isHalf: () => void = () => {}
    const half = new Promise<void>((resolve) => {
      isHalf = resolve
    })
    const following = Promise.all([
      (async () => {
        for await (const { text } of job.followLog()) {
          lines.push(text)
          isHalf()
        }
      })(),
      (async () => {
        for await (const value of job.followProgress()) progress.push(value)
      })(),
    ])
    const running = h.drain()
    await half
    expect(lines).toEqual(['before'])
    await h.open('half')
    await Promise.all([following, running])
    expect(lines).toEqual(['before', 'after'])
    expect(progress.at(-1)).toEqual({ done: 2, total: 2 })
  })

  test('may stop at any time', async () => {
    const job = await h.queue().enqueue('./tasks#nothing')
    const stop = new AbortController()
    const following = (async () => {
      for await (const _ of job.followLog({ signal: stop.signal }));
      return 'over'
    })()
    stop.abort()
    expect(await following).toBe('over')
  })
})

test('lines of a logger tell which job they are from, and outside a job they tell nothing', async () => {
  const job = await h.queue().enqueue('./output-tasks#logByPino')
  await h.drain('q', { isolation: 'thread' })
  const lines = ((await job.result) as string[]).map((line) => JSON.parse(line))
  const who = { jobId: job.id, queue: 'q', func: './output-tasks#logByPino', attempt: 1 }
  expect(lines).toMatchObject([
    { msg: 'now', ...who },
    { msg: 'later', part: 2, ...who },
  ])
  expect(jobFields()).toEqual({})
})
