import { expect, test } from 'vitest'
import { rq } from '../../../cli/commands/index.ts'
import { runProgram } from '../../../cli/program.ts'
import { add, fail, hold } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'
import { latch } from '../running.ts'

/** Two queues with jobs that wait, have finished and have failed, and a worker in the middle of a job. */
async function busyPlace() {
  const p = place()
  const [high, low] = [p.queue('high'), p.queue('low')]
  await high.enqueue(add, 1, 2)
  await high.enqueue(fail, 'out')
  await p.drain('high')
  const { port, connected } = await latch()
  await high.enqueue(hold, port)
  const worker = p.worker(['high'], { name: 'w1' })
  const running = worker.run()
  const socket = await connected
  await low.enqueueMany([1, 2, 3].map((n) => ({ func: add, args: [n, n], options: {} })))
  return {
    ...p,
    async end() {
      socket.end()
      await worker.stop()
      await running
    },
  }
}

test('queues are bars with counts, workers a table with what they run', async () => {
  const p = await busyPlace()
  const { code, out, err } = await p.rq(['info'])
  await p.end()
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const [high, low, sum, , head, worker, foot] = out.split('\n')
  expect(high).toMatch(/^high +0 {2}1 running {2}1 done {2}1 failed$/)
  expect(low).toMatch(/^low {3}█{25} {2}3 {2}0 running {2}0 done {2}0 failed {2}oldest \d+s {2}⚠ no workers$/)
  expect(sum).toBe('2 queues, 3 jobs')
  expect(head).toMatch(/^worker +state +queues +running +ok +failed +up$/)
  expect(worker).toMatch(/^w1 +\w+ +high +tasks\.hold\(\d+\) for \d+s +\d+ +\d+ +\d+s$/)
  expect(foot).toMatch(/^1 worker on 1 host +(redis|valkey) [\d.]+ 127\.0\.0\.1:\d+$/)
})

test('--raw shows counts in the lines of RQ [rq 124]', async () => {
  const p = await busyPlace()
  const { out } = await p.rq(['info', '--raw'])
  const [queues, workers, byQueue] = await Promise.all(
    [['-rQ'], ['-rW'], ['-rR', 'high', 'none']].map((flags) => p.rq(['info', ...flags])),
  )
  await p.end()
  expect(out).toMatch(
    /^queue high 0, 1 executing, 1 finished, 1 failed\nqueue low 3, 0 executing, 0 finished, 0 failed\nworker w1 \(\S+ \d+\) \w+ high\. jobs: \d+ finished, \d+ failed\n$/,
  )
  expect(queues?.out.split('\n').map((line) => line.split(' ')[0])).toEqual(['queue', 'queue', ''])
  expect(workers?.out).toMatch(/^worker w1 .*\n$/)
  expect(byQueue?.out).toMatch(
    /^queue high 0, 1 .*\nqueue none 0, 0 executing, 0 finished, 0 failed\nqueue high: w1 \(\w+\)\nqueue none: -\n$/,
  )
})

test('--json is one document of a known form', async () => {
  const p = await busyPlace()
  const { json } = await p.rq(['info', '--json', 'high'])
  await p.end()
  expect(json).toMatchObject({
    schema: 'rq.info/1',
    warnings: [],
    data: {
      queues: [
        {
          name: 'high',
          counts: { queued: 0, started: 1, finished: 1, failed: 1 },
          totals: { finished: 1, failed: 1 },
          oldestMs: null,
          isPaused: false,
          workers: 1,
        },
      ],
      workers: [
        {
          name: 'w1',
          queues: ['high'],
          pid: process.pid,
          running: { queue: 'high', call: expect.any(String) },
        },
      ],
      isSuspended: false,
    },
  })
})

test('bars are ASCII where the locale is not UTF-8', async () => {
  const p = place()
  await p.queue('low').enqueue(add, 1, 1)
  const { out } = await p.rq(['info', '-Q'], { env: { LANG: 'C' } })
  expect(out).toMatch(/^low {2}#{25} {2}1 .* ! no workers\n1 queue, 1 job\n$/)
})

test('--interval draws on the alternate screen until Ctrl-C, and gives the terminal back', async () => {
  const p = place()
  await p.queue('low').enqueue(add, 1, 1)
  const host = p.host({ isTTY: true })
  const running = runProgram(rq, ['info', '-i', '0.1', '--no-color'], host)
  await expect.poll(() => host.stdout.text.split('1 queue, 1 job').length).toBeGreaterThan(2)
  host.send('SIGINT')
  expect(await running).toBe(0)
  expect(host.stdout.text).toMatch(/^\x1b\[\?1049h\x1b\[\?25l\x1b\[H/)
  expect(host.stdout.text).toMatch(/\x1b\[\?25h\x1b\[\?1049l$/)
  expect(host.stdout.text).toContain('██')
})

test('--interval with --json is a line each time', async () => {
  const p = place()
  const host = p.host({})
  const running = runProgram(rq, ['info', '-i', '0.1', '--json'], host)
  await expect.poll(() => host.stdout.text.split('\n').length).toBeGreaterThan(2)
  host.send('SIGTERM')
  expect(await running).toBe(0)
  for (const line of host.stdout.text.trim().split('\n')) expect(JSON.parse(line).schema).toBe('rq.info/1')
})
