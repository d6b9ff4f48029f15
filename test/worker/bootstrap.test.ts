import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { BootstrapError, type Isolation, WorkerPool } from '../../lib/index.ts'
import { FIXTURES, harness, logbook, REDIS_URL } from '../kit/harness.ts'

const h = harness()
const modules = { imports: ['./bootstrap/first.ts', './bootstrap/second'], setup: './bootstrap/second.ts' }

describe.each<Isolation>(['process', 'thread', 'none'])('with isolation %s', (isolation) => {
  test('imports are loaded in their order before the first job, then setup is awaited', async () => {
    const job = await h.queue().enqueue('./bootstrap/tasks#whatIsLoaded')
    await h.drain('q', { isolation, name: `w-${h.prefix}`, ...modules })
    const loaded = (await job.result) as string[]
    expect(loaded.at(-1)).toBe(`setup of w-${h.prefix} for q`)
    // In this process they may have been loaded before.
    if (isolation !== 'none') expect(loaded.slice(0, -1)).toEqual(['first', 'second'])
  })

  test('an import that fails ends the worker, and its job goes back uncounted', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    const { logger, text } = logbook()
    const running = h.worker('q', { isolation, imports: ['./bootstrap/broken.ts'], logger }).run()
    await expect(running).rejects.toThrow(BootstrapError)
    await expect(running).rejects.toThrow(
      /import of '.\/bootstrap\/broken.ts'.*RangeError: no database in sight/,
    )
    expect(text()).toContain('no database in sight')
    expect(await job.refresh()).toMatchObject({ status: 'queued', attempt: 0 })
    await h.drain()
    expect(await job.result).toBe(3)
  })
})

test('a setup that throws ends the worker', async () => {
  const running = h.worker('q', { isolation: 'thread', setup: './bootstrap/broken-setup.ts' }).run()
  await expect(running).rejects.toThrow(/setup\(\) of .*broken-setup.ts failed: RangeError: no settings/)
})

test.each([
  ['./bootstrap/nowhere.ts', /cannot find the module '.\/bootstrap\/nowhere.ts'.*Tried/],
  ['no-such-package', /cannot find the module 'no-such-package'/],
])('%s, which is not there, is named', async (module, message) => {
  await expect(h.worker('q', { isolation: 'thread', imports: [module] }).run()).rejects.toThrow(message)
})

test('a module without a setup is refused', async () => {
  const running = h.worker('q', { isolation: 'thread', setup: './bootstrap/first.ts' }).run()
  await expect(running).rejects.toThrow("expected a function 'setup', exported or in the default export")
})

test('absolute paths, file: URLs and packages are modules too', async () => {
  const job = await h.queue().enqueue('./bootstrap/tasks#whatIsLoaded')
  const imports = [
    join(FIXTURES, 'bootstrap/first.ts'),
    pathToFileURL(join(FIXTURES, 'bootstrap/second.ts')).href,
    'ms',
  ]
  await h.drain('q', { isolation: 'thread', imports })
  expect(await job.result).toEqual(['first', 'second'])
})

test('the setup of a config file is found in what its function gives', async () => {
  const job = await h.queue().enqueue('./bootstrap/tasks#whatIsLoaded')
  await h.drain('q', { isolation: 'thread', setup: join(FIXTURES, 'bootstrap/config.ts') })
  expect(await job.result).toEqual(['first', 'setup of a config file'])
})

describe('while a work-horse loads what jobs need', () => {
  afterEach(() => {
    delete process.env.FUNQ_TEST_GATE
  })

  test('the time of its job does not run yet', async () => {
    process.env.FUNQ_TEST_GATE = h.gate('import')
    const job = await h.queue().with({ timeout: '2s' }).enqueue('./tasks#add', 1, 2)
    const { logger, lines } = logbook()
    const worker = h.worker('q', { isolation: 'process', imports: ['./bootstrap/slow.ts'], logger })
    const running = worker.run()
    await h.reached('import')
    await expect.poll(async () => (await job.refresh()).status).toBe('started')
    expect(lines.filter((line) => line.includes('tasks.add'))).toEqual([])
    await h.open('import')
    expect(await job.result).toBe(3)
    await worker.stop()
    await running
  })

  test('a job can be stopped, and ends as soon as it would begin', async () => {
    process.env.FUNQ_TEST_GATE = h.gate('import')
    const job = await h.queue().enqueue('./tasks#hold', h.gate('x'), true)
    const worker = h.worker('q', { isolation: 'process', imports: ['./bootstrap/slow.ts'] })
    const running = worker.run()
    await h.reached('import')
    await expect.poll(async () => (await job.refresh()).status).toBe('started')
    await job.stop()
    await h.open('import')
    await expect(job.result).rejects.toMatchObject({ code: 'JOB_CANCELED', status: 'stopped' })
    await worker.stop()
    await running
  })
})

test('a pool ends with the error, rather than start workers for ever', async () => {
  const pool = new WorkerPool('q', {
    size: 2,
    connection: REDIS_URL,
    prefix: h.prefix,
    paths: [FIXTURES],
    imports: ['./bootstrap/broken.ts'],
  })
  await expect(pool.run()).rejects.toThrow(/no database in sight/)
  await expect(pool.run()).rejects.toThrow(BootstrapError)
})

test.each([
  [{ imports: './x.ts' }, "imports: expected modules such as './bootstrap.ts', got string ./x.ts"],
  [{ imports: [7] }, 'imports: expected modules'],
  [{ setup: () => {} }, "setup: expected a module such as './bootstrap.ts', got function"],
])('%o is refused', (options, message) => {
  expect(() => h.worker('q', options as object)).toThrow(message)
})

test('isWorker() is true in a work-horse, and false where jobs are only enqueued', async () => {
  const job = await h.queue('q').enqueue('./bootstrap/tasks#isInWorker')
  await h.drain('q', { isolation: 'process' })
  expect(await job.result).toBe(true)
  const program = `import { isInWorker } from '${join(FIXTURES, 'bootstrap/tasks.ts')}'; console.log(isInWorker())`
  const flags = ['--import', 'tsx', '--input-type=module', '-e', program]
  expect(execFileSync(process.execPath, flags, { encoding: 'utf8' })).toBe('false\n')
})
