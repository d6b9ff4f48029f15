import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { type CreateWorker, workerCommand } from '../../../cli/commands/worker.ts'
import { runProgram } from '../../../cli/program.ts'
import {
  RedisAuthError,
  RedisUnavailableError,
  SuspendedError,
  UnsupportedServerError,
} from '../../../lib/core/errors.ts'
import { fakeHost, undirected } from '../kit.ts'

type Made = { queues: string[]; options: Record<string, unknown> }

/** Runs the command line with a worker that only notes how it was made. */
async function rqworker(line: string, env: Record<string, string> = {}, run = async () => {}, isTTY = false) {
  const host = fakeHost({ env, isTTY })
  const made: Made[] = []
  const createWorker: CreateWorker = (queues, { logger, ...options }) => {
    made.push({ queues, options: { ...options } })
    logger?.info('made')
    return { run, stop: async () => {}, stopNow: async () => {}, ...undirected }
  }
  const code = await runProgram(
    workerCommand('rqworker', createWorker),
    line.split(' ').filter(Boolean),
    host,
  )
  return { code, made: made[0], out: host.stdout.text, err: host.stderr.text }
}

test('without words it works on the queue default, and leaves every default to the library', async () => {
  const { code, made, out, err } = await rqworker('')
  expect({ code, made, err }).toEqual({ code: 0, made: { queues: ['default'], options: {} }, err: '' })
  expect(out).toMatch(/^\d\d:\d\d:\d\d made\n$/)
})

test('queues keep their order', async () => {
  expect((await rqworker('high default low')).made?.queues).toEqual(['high', 'default', 'low'])
})

test.each([
  [{ QUEUES: 'high,low' }, ['high', 'low']],
  [{ QUEUE: 'mail' }, ['mail']],
  [{ QUEUES: ' high, low ', QUEUE: 'mail' }, ['high', 'low']],
  [{ QUEUES: '' }, ['default']],
])('the queues come from %o where none are named', async (env, queues) => {
  expect((await rqworker('', env as Record<string, string>)).made?.queues).toEqual(queues)
  expect((await rqworker('named', env as Record<string, string>)).made?.queues).toEqual(['named'])
})

test.each([
  ['--min-priority -5 --max-priority 10', {}],
  ['', { MIN_PRIORITY: '-5', MAX_PRIORITY: '10' }],
])('[D66] the priorities are bounded by flags or variables: %s %o', async (line, env) => {
  const { made } = await rqworker(line, env as Record<string, string>)
  expect(made?.options).toEqual({ minPriority: -5, maxPriority: 10 })
})

test('[D66] a bound that is no number is a usage error', async () => {
  const { code, err } = await rqworker('', { MIN_PRIORITY: 'high' })
  expect([code, err]).toEqual([
    2,
    expect.stringContaining("MIN_PRIORITY: expected a whole number, got 'high'"),
  ])
})

test('[D52] [D53] --exit-on-complete is --burst, with run or without', async () => {
  for (const line of ['--exit-on-complete low', 'run --exit-on-complete low'])
    expect((await rqworker(line)).made).toEqual({ queues: ['low'], options: { burst: true } })
})

test.each([
  ['low', { COUNT: 'x' }, "COUNT: expected a whole number from 1 to 999999, got 'x'"],
  ['-n -1 high', {}, "got '-1'"],
])('a count that is none is no name: %s %o', async (line, env, message) => {
  const { code, made, err } = await rqworker(line, env as Record<string, string>)
  expect([code, made, err]).toEqual([2, undefined, expect.stringContaining(message)])
})

test("RQ's -ds is --dequeue-strategy, and never -d -s", async () => {
  for (const line of ['-ds random low', '-ds=random low', 'low -ds random']) {
    const { made } = await rqworker(line)
    expect(made).toEqual({ queues: ['low'], options: { dequeueStrategy: 'random' } })
  }
  expect((await rqworker('low -ds')).code).toBe(2)
})

test('[S11] a banner is for a person at a terminal, and never among the lines of a log', async () => {
  const isShown = async (line: string, isTTY: boolean) =>
    (await rqworker(line, {}, undefined, isTTY)).out.includes('a function queue on Redis')
  expect(await isShown('', true)).toBe(true)
  expect(await isShown('', false)).toBe(false)
  for (const line of ['--quiet', '--log-format json']) expect(await isShown(line, true)).toBe(false)
})

test('every flag reaches the worker', async () => {
  const { made } = await rqworker(
    'low -u redis://h:1/2 --prefix p -b -n me -c 8 --horses 2 --isolation THREAD -P lib -P cli --shutdown-timeout 500ms --disable-job-desc-logging --max-jobs 5 --max-memory 512 --max-idle-time 2m -D round-robin --results-ttl -1 --worker-ttl 60 --job-monitoring-interval 20 --maintenance-interval 1m --exception-handler ./h#a --exception-handler ./h#b -d -s --log-format text --date-format %H',
  )
  expect(made?.options).toEqual({
    connection: 'redis://h:1/2',
    prefix: 'p',
    burst: true,
    name: 'me',
    concurrency: 8,
    horses: 2,
    isolation: 'thread',
    paths: [resolve('lib'), resolve('cli')],
    shutdownTimeout: '500ms',
    logDescriptions: false,
    maxJobs: 5,
    maxMemoryMb: 512,
    maxIdleTime: '2m',
    dequeueStrategy: 'round_robin',
    defaultResultTtl: -1,
    workerTtl: '60',
    jobMonitoringInterval: '20',
    maintenanceInterval: '1m',
    exceptionHandlers: ['./h#a', './h#b'],
    disableDefaultExceptionHandler: true,
  })
})

test.each([
  ['', { RQ_REDIS_URL: 'redis://rq', REDIS_URL: 'redis://plain' }, 'redis://rq'],
  ['', { REDIS_URL: 'redis://plain' }, 'redis://plain'],
  ['', { RQ_REDIS_URL: '', REDIS_URL: 'redis://plain' }, 'redis://plain'],
  ['--url redis://flag', { RQ_REDIS_URL: 'redis://rq' }, 'redis://flag'],
])("'%s' with %o connects to %s", async (line, env, url) => {
  expect((await rqworker(line, env as Record<string, string>)).made?.options.connection).toBe(url)
})

test.each([
  ['', true],
  ['--quiet', false],
  ['--logging-level WARNING', false],
  ['--logging-level error', false],
  ['--logging_level=error', false],
  ['-v', true],
  ['--logging-level DEBUG', true],
])("with '%s' the line of level info is shown: %s", async (line, shown) => {
  expect((await rqworker(line)).out.includes('made')).toBe(shown)
})

test.each([
  ['--brust', "unknown option '--brust'\n(Did you mean --burst?)"],
  ['-c 0', 'expected a whole number from 1'],
  ['-c 1.5', 'expected a whole number from 1'],
  ['--horses many', 'expected a whole number from 1'],
  ['--isolation proces', "Did you mean 'process'?"],
  ['--shutdown-timeout soon', "expected a duration (a number of seconds, or a string such as '500ms'"],
  ['--path no/such/folder', 'expected a folder'],
  ['--logging-level loud', 'expected one of debug, info, warn, error, critical'],
  ['-v -q', 'cannot be used with'],
  ['--url', 'argument missing'],
  ['--dequeue-strategy robin', 'expected one of default, random, round_robin'],
  ['--date-format %Q', "expected a format of %Y %m %d %H %M %S, got '%Q' with '%Q'"],
  ['--results-ttl -2', 'expected a duration'],
])("'%s' is a usage error that says what is wrong", async (line, message) => {
  const { code, err, out, made } = await rqworker(line)
  expect({ code, out, made }).toEqual({ code: 2, out: '', made: undefined })
  expect(err).toContain(message)
  expect(err).toContain("Try 'rqworker --help'.")
})

test.each([
  [new RedisAuthError('redis at h:1 said: WRONGPASS. Check the user and password.'), 3, 'WRONGPASS'],
  [new RedisUnavailableError('redis at h:1 cannot be reached'), 3, 'cannot be reached'],
  [new UnsupportedServerError('redis at h:1 is version 5'), 3, 'version 5'],
])('%s ends it with exit code %d and the message alone', async (error, code, message) => {
  const result = await rqworker('', {}, () => Promise.reject(error))
  expect(result.code).toBe(code)
  expect(result.err).toBe(`error: ${error.message}\n`)
  expect(result.err).toContain(message)
})

test('an error that should not happen ends it with its stack', async () => {
  const result = await rqworker('', {}, () => Promise.reject(new TypeError('x is not a function')))
  expect(result.code).toBe(70)
  expect(result.err).toContain('error: TypeError: x is not a function\n    at ')
})

test('the help names purpose, options with their defaults, examples, variables and exit codes', async () => {
  const { code, out } = await rqworker('--help')
  expect(code).toBe(0)
  expect(out).toMatch(/^Usage: rqworker \[options\] \[queues\.\.\.\]\n\nRun workers: /)
  for (const heading of ['Work:', 'For every command:', 'Log:', 'Examples:', 'Environment:', 'Exit codes:']) {
    expect(out).toContain(`\n${heading}\n`)
  }
  expect(out).toMatch(
    /--shutdown-timeout <time> +how long running jobs may go on after the first signal\s+\(default: 25s\)/,
  )
  expect(out).toMatch(/ {2}RQ_REDIS_URL, REDIS_URL +stands in for --url/)
  expect(out).toMatch(/\n {2}130 {2}forced by a second Ctrl-C/)
  expect(out.match(/^ {2}\$ rqworker /gm)).toHaveLength(5)
})

test('[rq 124] --pid holds the process id while the worker runs', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'funq-')), 'pid')
  let held = ''
  const { code } = await rqworker(`--pid ${file}`, {}, async () => {
    held = readFileSync(file, 'utf8')
  })
  expect([code, held, existsSync(file)]).toEqual([0, `${process.pid}\n`, false])
  rmSync(dirname(file), { recursive: true })
  const refused = await rqworker('--pid /no/such/folder/pid')
  expect(refused.code).toBe(2)
  expect(refused.err).toContain('error: --pid: ENOENT')
})

test('[rq 124] a worker that refuses to start while all are suspended ends with 1, in the words of RQ', async () => {
  const message = 'RQ is currently suspended, to resume job execution run "rq resume"'
  const result = await rqworker('', {}, () => Promise.reject(new SuspendedError(message)))
  expect([result.code, result.err]).toEqual([1, `error: ${message}\n`])
})

test('a log in JSON is an object a line', async () => {
  const { out } = await rqworker('--log-format json')
  expect(JSON.parse(out)).toEqual({ time: expect.any(String), level: 'info', msg: 'made' })
})

test('in JSON each line says which worker it is of, those of the command itself too', async () => {
  const host = fakeHost()
  const createWorker: CreateWorker = () => {
    let ended = () => {}
    const run = () =>
      new Promise<void>((resolve) => {
        ended = resolve
        host.send('SIGTERM')
      })
    return { run, stop: async () => ended(), stopNow: async () => {}, ...undirected }
  }
  await runProgram(workerCommand('rqworker', createWorker), ['--log-format', 'json'], host)
  expect(JSON.parse(host.stdout.text)).toMatchObject({
    msg: expect.stringContaining('Warm shut down requested'),
    worker: 'w1',
  })
})

test('the date format is that of strftime', async () => {
  const host = fakeHost()
  const createWorker: CreateWorker = (_, { logger }) => {
    logger?.info('made\nmore')
    return { run: async () => {}, stop: async () => {}, stopNow: async () => {}, ...undirected }
  }
  await runProgram(workerCommand('rqworker', createWorker), ['--date-format', '%Y-%m-%d %H:%M:%S'], host)
  expect(host.stdout.text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d made\n {20}more\n$/)
})
