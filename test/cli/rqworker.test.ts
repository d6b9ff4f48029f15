import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { expect, inject, onTestFinished, test } from 'vitest'
import { Queue } from '../../lib/queue/queue.ts'
import { resume, suspend } from '../../lib/queue/suspend.ts'
import { print } from '../fixtures/output-tasks.ts'
import { enqueueInner } from '../fixtures/place-tasks.ts'
import { add, fail, hold } from './fixtures/tasks.ts'
import { latch, type Running, run } from './running.ts'

const url = inject('redisUrl')

/** A queue of its own for a test, and the flags that bring a worker to it. */
function newQueue(): { queue: Queue; flags: string[] } {
  const prefix = `cli-${randomUUID()}`
  const queue = new Queue('low', { connection: url, prefix })
  onTestFinished(() => queue.close())
  return { queue, flags: ['low', '--url', url, '--prefix', prefix, '--name', 'w1'] }
}

test.each(['process', 'none'])('[%s] a job enqueues where its worker is', async (isolation) => {
  const { queue, flags } = newQueue()
  const job = await queue.enqueue(enqueueInner)
  await run('cli/rqworker.ts', [...flags, '--burst', '--isolation', isolation]).ended
  expect(await job.result).toMatchObject({ prefix: queue.prefix, found: true })
})

/** A worker that is in the middle of a job. */
async function busyWorker(more: readonly string[] = []) {
  const { queue, flags } = newQueue()
  const { port, connected } = await latch()
  const job = await queue.enqueue(hold, port)
  const worker = run('test/cli/fixtures/rqworker-by-clock.ts', [...flags, ...more])
  return { queue, worker, job, socket: await connected }
}

async function pass(ms: number, { child }: Running): Promise<void> {
  const passed = once(child, 'message')
  child.send(ms)
  await passed
}

test('a burst runs what waits, logs it in the words of RQ, and ends with 0', async () => {
  const { queue, flags } = newQueue()
  const job = await queue.enqueue(add, 2, 3)
  const { code, out, err } = await run('cli/rqworker.ts', [...flags, '--burst']).ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(
    out
      .replace(/^\d\d:\d\d:\d\d /gm, '')
      .replace(/in \d\.\d+s/, 'in 0.001s')
      .replace(/at \d+\.\d{4} j/, 'at 0.0000 j')
      .replace(/worker [^ ]+:\d+:low/, 'worker host:pid:low')
      .split('\n')
      // What is true of the server of the tests.
      .filter((line) => !line.includes('writes nothing to disk')),
  ).toEqual([
    'RQ worker started, version 0.1.0',
    '*** Starting worker host:pid:low',
    '*** Listening on low...',
    `low: tasks.add(2, 3) (${job.id})`,
    `low: Job OK (${job.id}) in 0.001s, result = 5`,
    'Result is kept for 500 seconds.',
    'Worker done, quitting',
    '1 jobs processed at 0.0000 j/s, 0 failed',
    'No more jobs available. Exiting',
    '',
  ])
})

test.each(['--isolation process', '--isolation none -m'])(
  'with %s a job that prints is done also where nobody reads any more',
  async (flags) => {
    const { queue, flags: place } = newQueue()
    const { child, said } = run('cli/rqworker.ts', [...place, ...flags.split(' ')])
    await said('Listening on')
    child.stdout!.destroy()
    child.stderr!.destroy()
    for (const name of ['a', 'b']) expect(await (await queue.enqueue(print, name)).result).toBeUndefined()
  },
)

test('a failed job goes to stderr with its traceback, and the worker goes on', async () => {
  const { queue, flags } = newQueue()
  const bad = await queue.enqueue(fail, 'out of \x1b[31mrange')
  const good = await queue.enqueue(add, 1, 1)
  const { code, out, err } = await run('cli/rqworker.ts', [...flags, '--burst']).ended
  expect(code).toBe(0)
  expect(err).toMatch(
    /^\d\d:\d\d:\d\d low: Job FAILED \([\w-]+\) in \d\.\d+s: RangeError: out of range\n {9}.* at fail /,
  )
  expect(out).toContain('Moving job to failed queue.')
  expect(out).toContain(`low: Job OK (${good.id})`)
  expect(out + err).not.toContain('\x1b')
  expect(bad.id).not.toBe(good.id)
})

test('--disable-job-desc-logging keeps arguments out of the log', async () => {
  const { queue, flags } = newQueue()
  const job = await queue.enqueue(add, 4321, 1)
  const { out } = await run('cli/rqworker.ts', [...flags, '--burst', '--disable-job-desc-logging']).ended
  expect(out).toContain(` low: (${job.id})\n`)
  expect(out).not.toContain('4321')
})

test.each(['SIGINT', 'SIGTERM'] as const)('an idle worker ends at the first %s, with 0', async (signal) => {
  const worker = run('cli/rqworker.ts', newQueue().flags)
  await worker.said('*** Listening on low...')
  worker.child.kill(signal)
  const { code, out } = await worker.ended
  expect(code).toBe(0)
  expect(out).toContain('Warm shut down requested')
})

test('after one signal the job that runs may finish', async () => {
  const { worker, job, socket } = await busyWorker()
  worker.child.kill('SIGTERM')
  await worker.said('Warm shut down requested')
  socket.end()
  const { code, out } = await worker.ended
  expect(code).toBe(0)
  expect(out).toContain(`low: Job OK (${job.id})`)
  expect(await job.result).toBe('released')
})

test('a second signal at once does not count', async () => {
  const { worker, job, socket } = await busyWorker()
  worker.child.kill('SIGINT')
  await worker.said('Warm shut down requested')
  worker.child.kill('SIGINT')
  await pass(999, worker)
  socket.end()
  expect((await worker.ended).code).toBe(0)
  expect(await job.result).toBe('released')
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s a second later gives the job back and ends with %d', async (signal, exitCode) => {
  const { queue, worker, job, socket } = await busyWorker()
  const dropped = once(socket, 'close')
  worker.child.kill(signal)
  await worker.said('Warm shut down requested')
  await pass(1000, worker)
  worker.child.kill(signal)
  const { code, out } = await worker.ended
  expect(code).toBe(exitCode)
  expect(out).toContain('Cold shut down')
  await dropped
  expect(await queue.jobIds('queued')).toEqual([job.id])
  expect((await job.refresh()).attempt).toBe(0)
})

test('when the shutdown timeout is over the job is given back, and the worker ends with 0', async () => {
  const { queue, worker, job } = await busyWorker(['--shutdown-timeout', '10ms'])
  worker.child.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
  expect(await queue.jobIds('queued')).toEqual([job.id])
})

test('[F44] a password that Redis refuses ends it with 3 and says so', async () => {
  const { code, err } = await run('cli/rqworker.ts', ['--url', url.replace('://', '://nobody:wrong@')]).ended
  expect(code).toBe(3)
  expect(err).toMatch(/^error: redis at 127\.0\.0\.1:\d+ said: WRONGPASS .* Check the user and password/)
  expect(err).not.toContain('wrong@')
})

test('a flag that does not exist ends it with 2, and stdout stays empty', async () => {
  const { code, out, err } = await run('cli/rqworker.ts', ['--brust']).ended
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain('(Did you mean --burst?)')
})

test('a reader that leaves does not end it', async () => {
  const { queue, flags } = newQueue()
  const worker = run('cli/rqworker.ts', [...flags, '--burst'])
  worker.child.stdout!.destroy()
  const job = await queue.enqueue(add, 1, 1)
  const { code } = await worker.ended
  expect(code).toBe(0)
  expect(job.id).toBeDefined()
})

test('[rq 124] while all workers are suspended it refuses to start, with exit code 1', async () => {
  const prefix = `cli-${randomUUID()}`
  const where = { connection: url, prefix }
  await suspend(where)
  const { code, err } = await run('cli/rqworker.ts', ['low', '--url', url, '--prefix', prefix]).ended
  await resume(where)
  expect([code, err]).toEqual([
    1,
    'error: RQ is currently suspended, to resume job execution run "rq resume"\n',
  ])
})

test('[R25] --import loads a module in each work-horse, before the first job', async () => {
  const { queue, flags } = newQueue()
  const job = await queue.enqueue('./test/fixtures/bootstrap/tasks#whatIsLoaded')
  const more = ['--import', 'test/fixtures/bootstrap/first.ts', '-I', './test/fixtures/bootstrap/second.ts']
  expect((await run('cli/rqworker.ts', [...flags, '--burst', ...more]).ended).code).toBe(0)
  expect(await job.result).toEqual(['first', 'second'])
})

test('[P37] APP_INCLUDE and RQ_IMPORT do the same', async () => {
  const { queue, flags } = newQueue()
  const job = await queue.enqueue('./test/fixtures/bootstrap/tasks#whatIsLoaded')
  const env = { APP_INCLUDE: './test/fixtures/bootstrap/first.ts, ./test/fixtures/bootstrap/second.ts,' }
  expect((await run('cli/rqworker.ts', [...flags, '--burst'], env).ended).code).toBe(0)
  expect(await job.result).toEqual(['first', 'second'])
})

test('[R25] an import that fails is named, and the exit code is 2', async () => {
  const { flags } = newQueue()
  const { code, err } = await run('cli/rqworker.ts', [...flags, '-I', './test/fixtures/bootstrap/broken.ts'])
    .ended
  expect(code).toBe(2)
  expect(err).toMatch(/error: import of '.*broken.ts': loading .* failed: RangeError: no database in sight\./)
})

test('[R26] setup() of a config file is called where jobs run', async () => {
  const { queue, flags } = newQueue()
  const job = await queue.enqueue('./test/fixtures/bootstrap/tasks#whatIsLoaded')
  const more = ['--config', './test/fixtures/bootstrap/config.ts']
  expect((await run('cli/rqworker.ts', [...flags, '--burst', ...more]).ended).code).toBe(0)
  expect(await job.result).toEqual(['first', 'setup of a config file'])
})
