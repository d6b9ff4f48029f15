import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { patienceMs, stopDaemons } from '../../cli/daemon/stop.ts'
import { isRunning } from '../../cli/pid-file.ts'
import { Queue, suspend, Worker } from '../../lib/index.ts'
import { add, hold } from './fixtures/tasks.ts'
import { fakeHost } from './kit.ts'
import { latch, type Running, run } from './running.ts'

const connection = inject('redisUrl')

/** A prefix and folders of its own, and `rqworker` in them. */
function place() {
  const prefix = `cli-${randomUUID()}`
  const folder = mkdtempSync(join(tmpdir(), 'rq-daemons-'))
  const folders = ['--pid-dir', join(folder, 'pids'), '--log-dir', join(folder, 'log')]
  const env = { RQ_REDIS_URL: connection, RQ_PREFIX: prefix }
  onTestFinished(async () => {
    await run('cli/rqworker.ts', ['stop', '--force', '--timeout', '1ms', ...folders]).ended
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    prefix,
    folder,
    queue(name = 'low'): Queue {
      const queue = new Queue(name, { connection, prefix })
      onTestFinished(() => queue.close())
      return queue
    },
    rqworker: (words: string[], more: Record<string, string> = {}): Running =>
      run('cli/rqworker.ts', [...words, ...folders], { ...env, ...more }),
    pidOf: (name: string) => Number(readFileSync(join(folder, `pids/${name}.pid`), 'utf8')),
  }
}

/** A worker that is in the middle of a job. */
async function busy(flags: string[] = [], env: Record<string, string> = {}) {
  const { prefix, queue } = place()
  const { port, connected } = await latch()
  const job = await queue().enqueue(hold, port)
  const worker = run('cli/rqworker.ts', ['low', '-u', connection, '--prefix', prefix, ...flags], env)
  return { queue: queue(), prefix, job, worker, socket: await connected }
}

test('[D33] [D47] [D48] [D61] daemons are started, told of, restarted and stopped by their pid files', async () => {
  const { rqworker, queue, pidOf, folder } = place()
  const started = await rqworker(['-n', '2', 'start', 'low']).ended
  const [first, second] = [pidOf('rqworker.0'), pidOf('rqworker.1')]
  expect(started).toEqual({
    code: 0,
    err: '',
    out: `rqworker.0: process with pid ${first} started.\nrqworker.1: process with pid ${second} started.\n`,
  })
  expect(await (await queue().enqueue(add, 1, 2)).result).toBe(3)
  expect((await rqworker(['status']).ended).out).toBe(
    `rqworker.0: running [pid ${first}]\nrqworker.1: running [pid ${second}]\n`,
  )
  const again = await rqworker(['-n', '2', 'start', 'low']).ended
  expect(again.code).toBe(1)
  expect(again.err).toContain('rqworker.0: there is already one or more instance(s) of the program running')
  expect((await rqworker(['-n2', 'restart', 'low']).ended).code).toBe(0)
  expect([isRunning(first), isRunning(second)]).toEqual([false, false])
  const third = pidOf('rqworker.0')
  process.kill(pidOf('rqworker.1'), 'SIGKILL')
  const stopped = await rqworker(['stop']).ended
  expect(stopped.code).toBe(0)
  expect(stopped.out).toContain(`rqworker.0: process with pid ${third} successfully stopped.`)
  expect(stopped.out).toContain('rqworker.1: pid-file for killed process')
  expect((await rqworker(['status']).ended).code).toBe(5)
  expect(readFileSync(join(folder, 'log/rqworker.0.log'), 'utf8')).toContain('*** Listening on low...')
})

/** A job that was handed to a worker just as it died waits for the end of its lease. */
const SHORT_LEASE = ['--worker-ttl', '2', '--job-monitoring-interval', '1']

test('[D66] a monitored daemon has another worker if it dies; -i names it', async () => {
  const { rqworker, queue, prefix, pidOf } = place()
  expect((await rqworker([...SHORT_LEASE, '-m', '-i', 'mail', 'start', 'low']).ended).out).toContain(
    'rqworker.mail: process with pid',
  )
  const workers = () => Worker.all({ connection, prefix })
  await expect.poll(async () => (await workers()).length, { timeout: 20_000 }).toBe(1)
  const [{ pid } = { pid: 0 }] = await workers()
  expect(pid).not.toBe(pidOf('rqworker.mail'))
  process.kill(pid, 'SIGKILL')
  expect(await (await queue().enqueue(add, 1, 2)).result).toBe(3)
  expect((await rqworker(['stop', '-i', 'mail']).ended).out).toContain('successfully stopped')
})

test('[D62] stop --force kills what does not end, and its job is not lost', async () => {
  const { rqworker, queue, pidOf } = place()
  const { port, connected } = await latch()
  const job = await queue().enqueue(hold, port)
  await rqworker(['start', 'low', ...SHORT_LEASE]).ended
  const socket = await connected
  const pid = pidOf('rqworker.0')
  // It answers to nothing any more.
  process.kill(pid, 'SIGSTOP')
  const patient = await rqworker(['stop', '--timeout', '10ms']).ended
  expect(patient.code).toBe(5)
  expect(patient.err).toContain(`process with pid ${pid} has not ended within 0.01 s; --force kills it`)
  expect((await rqworker(['stop', '--timeout', '10ms', '--force']).ended).out).toContain(`pid ${pid} killed.`)
  expect(isRunning(pid)).toBe(false)
  socket.destroy()
  await rqworker(['start', 'low']).ended
  await expect.poll(async () => (await job.refresh()).recoveries, { timeout: 20_000 }).toBe(1)
})

test('[R45] the title of a daemon begins as it is told', async () => {
  const { rqworker, pidOf } = place()
  await rqworker(['start', 'low', '--title-prefix=mailer']).ended
  const title = () => readFileSync(`/proc/${pidOf('rqworker.0')}/cmdline`, 'latin1')
  await expect.poll(title, { timeout: 20_000 }).toMatch(/^mailer: Waiting for low/)
})

test.each([
  [{}, '{}', 35_500],
  [{}, '{ "shutdownTimeout": "1m" }', 70_500],
  [{ shutdownTimeout: '2m' }, '{ "shutdownTimeout": "1m" }', 130_500],
  [{ preShutdownTimeout: '45s', termTimeout: '1s' }, '{}', 56_000],
  [{ timeout: '5s' }, '{ "shutdownTimeout": "1m" }', 5_000],
  [{}, 'what cannot be read', 35_500],
])('stop %o with the file %s waits for ten seconds more than a stop may take', async (flags, file, ms) => {
  const folder = mkdtempSync(join(tmpdir(), 'rq-daemons-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'rq.config.json'), file)
  expect(await patienceMs(flags, fakeHost({ cwd: folder }))).toBe(ms)
})

test('a daemon whose jobs could not run is told of, and so is one that may not work now', async () => {
  const { rqworker, folder, prefix } = place()
  const file = join(folder, 'boot.mjs')
  writeFileSync(file, 'throw new Error("no boot")')
  const { code, err } = await rqworker(['start', 'low', '--import', file]).ended
  expect(code).toBe(1)
  expect(err).toMatch(/rqworker\.0: process with pid \d+ ended with exit code 2, see .*rqworker\.0\.log/)
  expect(readFileSync(join(folder, 'log/rqworker.0.log'), 'utf8')).toContain('no boot')
  await suspend({ connection, prefix })
  expect((await rqworker(['-m', 'start', 'low']).ended).err).toContain('ended with exit code 1')
  expect((await rqworker(['status']).ended).code).toBe(5)
})

test('what fails in the background without a log names none', async () => {
  const { folder, prefix } = place()
  const file = join(folder, 'boot.mjs')
  writeFileSync(file, 'throw new Error("no boot")')
  const words = ['--background', 'low', '--import', file, '--pid', join(folder, 'w.pid')]
  const { code, err } = await run('cli/rqworker.ts', words, { RQ_REDIS_URL: connection, RQ_PREFIX: prefix })
    .ended
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/ended with exit code 2, --log-dir keeps what it says\n$/),
  ])
})

test("folders that cannot be are a usage error, and another user's daemon is told of", async () => {
  const { folder } = place()
  const file = join(folder, 'file')
  writeFileSync(file, '')
  const { code, err } = await run('cli/rqworker.ts', ['start', 'low', '--pid-dir', file]).ended
  expect([code, err]).toEqual([2, expect.stringContaining('Name other folders by --pid-dir and --log-dir.')])
  const pidDir = join(folder, 'of-others')
  mkdirSync(pidDir)
  writeFileSync(join(pidDir, 'rqworker.0.pid'), `${process.pid}`)
  const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
  })
  onTestFinished(() => kill.mockRestore())
  const host = fakeHost()
  expect(await stopDaemons({ pidDir }, host)).toBe(1)
  await host.output.flush()
  expect(host.stderr.text).toContain(`process with pid ${process.pid} is another user's`)
})

test('of two daemons of one name the second is told of', async () => {
  const { rqworker } = place()
  const { code, out, err } = await rqworker(['-n', '2', '--name', 'w', 'start', 'low']).ended
  expect(code).toBe(1)
  expect(out).toMatch(/^rqworker\.0: process with pid \d+ started\.\n$/)
  expect(err).toMatch(/^rqworker\.1: process with pid \d+ ended with exit code 1/)
})

test('a restart that would be refused stops nothing', async () => {
  const { rqworker, folder, pidOf } = place()
  await rqworker(['start', 'low']).ended
  const file = join(folder, 'rq.config.yml')
  writeFileSync(file, 'burst: no\n')
  for (const words of [
    ['restart', 'low'],
    ['--background', 'low'],
  ]) {
    const { code, err } = await rqworker(['-C', file, ...words]).ended
    expect([code, err]).toEqual([2, expect.stringContaining(`${file}: burst: expected a boolean`)])
  }
  expect(isRunning(pidOf('rqworker.0'))).toBe(true)
  expect((await rqworker(['start', 'mail', '--isolation', 'none', '--watch']).ended).code).toBe(2)
})

test('[R31] [R32] [R39] BACKGROUND, PIDFILE and COUNT start workers apart from the terminal', async () => {
  const { rqworker, folder, prefix } = place()
  const file = join(folder, 'resque.pid')
  const env = { QUEUE: '*', COUNT: '2', BACKGROUND: 'yes', PIDFILE: file }
  expect((await rqworker([], env).ended).out).toMatch(/^rqworker: process with pid \d+ started\.\n$/)
  await expect
    .poll(async () => (await Worker.all({ connection, prefix })).length, { timeout: 20_000 })
    .toBe(2)
  const pid = Number(readFileSync(file, 'utf8'))
  expect((await rqworker(['status', '--pid', file]).ended).out).toBe(`rqworker: running [pid ${pid}]\n`)
  expect((await rqworker(['stop'], { PIDFILE: file }).ended).out).toContain(
    `process with pid ${pid} successfully stopped.`,
  )
  expect(isRunning(pid)).toBe(false)
  expect(existsSync(file)).toBe(false)
  expect((await rqworker(['stop', '--pid', file]).ended).out).toBe('rqworker: no instances running\n')
})

test('a single daemon may have a pid file of its own; for several one file is refused', async () => {
  const { rqworker, folder } = place()
  const pid = ['--pid', join(folder, 'own.pid')]
  expect((await rqworker(['-n', '2', 'restart', 'low', ...pid]).ended).code).toBe(2)
  expect((await rqworker(['start', 'low', ...pid]).ended).code).toBe(0)
  expect((await rqworker(['restart', 'low', ...pid]).ended).out).toMatch(
    /successfully stopped\.\n.*process with pid \d+ started\.\n$/,
  )
  expect((await rqworker(['stop', ...pid]).ended).out).toContain('successfully stopped')
})

test('[R39] [P39] a parent over its workers forwards what it is told, and ends with them', async () => {
  const { rqworker, prefix } = place()
  const parent = rqworker(['-n', '2', 'low'])
  const states = async () => (await Worker.all({ connection, prefix })).map(({ state }) => state)
  await expect.poll(states, { timeout: 20_000 }).toEqual(['idle', 'idle'])
  parent.child.kill('SIGUSR2')
  await expect.poll(states, { timeout: 10_000 }).toEqual(['suspended', 'suspended'])
  parent.child.kill('SIGCONT')
  await expect.poll(states, { timeout: 10_000 }).toEqual(['idle', 'idle'])
  const pids = (await Worker.all({ connection, prefix })).map(({ pid }) => pid)
  parent.child.kill('SIGQUIT')
  expect((await parent.ended).code).toBe(0)
  expect(pids.filter(isRunning)).toEqual([])
})

test('[R49] SIGUSR1 kills what runs, opens no debugger, and the worker goes on', async () => {
  const { queue, job, worker } = await busy()
  worker.child.kill('SIGUSR1')
  await expect(job.result).rejects.toMatchObject({ cause: { name: 'WorkHorseDiedError' } })
  expect(await (await queue.enqueue(add, 1, 2)).result).toBe(3)
  worker.child.kill('SIGTERM')
  const { code, out, err } = await worker.ended
  expect(code).toBe(0)
  expect(out).toContain('Work-horse killed on request')
  expect(err).not.toContain('Debugger')
})

test('[R47] SIGQUIT waits for what runs, whatever the shutdown timeout', async () => {
  const { job, worker, socket } = await busy(['--shutdown-timeout', '1ms'])
  worker.child.kill('SIGQUIT')
  await worker.said('however long it takes')
  worker.child.kill('SIGTTIN')
  await worker.said(`(${job.id}) has run for`)
  socket.end()
  expect((await worker.ended).code).toBe(0)
  expect(await job.result).toBe('released')
})

test('[R48] --resque-signals: SIGTERM stops at once, and what ran is given back', async () => {
  const { queue, job, worker } = await busy(['--resque-signals'])
  worker.child.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
  expect(await queue.jobIds('queued')).toEqual([job.id])
})

test('[R28] [R29] VERBOSE and VVERBOSE give lines as Resque has them', async () => {
  const { rqworker, queue } = place()
  await queue().enqueue(add, 1, 2)
  const { out } = await rqworker(['--burst', 'low'], { VERBOSE: '1' }).ended
  expect(out).toMatch(/^\*\*\* RQ worker started/)
  expect(out).toMatch(/^\*\*\* Starting worker .+:\d+:low$/m)
  const { child, ended } = rqworker(['--burst', 'low'], { VVERBOSE: '1' })
  expect((await ended).out).toMatch(
    new RegExp(`^\\*\\* \\[\\d\\d:\\d\\d:\\d\\d \\d{4}-\\d\\d-\\d\\d\\] ${child.pid}: RQ worker started`),
  )
})

test('[R29] [R39] under a parent each line of VVERBOSE has the pid of its worker', async () => {
  const { rqworker } = place()
  const { out } = await rqworker(['--burst', 'low'], { VVERBOSE: '1', COUNT: '2' }).ended
  const pids = [...out.matchAll(/\] (\d+): Starting worker .+:(\d+):low$/gm)].map(([, ...both]) => both)
  expect(pids).toHaveLength(2)
  for (const [head, told] of pids) expect(head).toBe(told)
})

test('[R54] [R56] a stop that may take longer than is allowed is warned of', async () => {
  const { rqworker } = place()
  const env = { RESQUE_PRE_SHUTDOWN_TIMEOUT: '20', RESQUE_TERM_TIMEOUT: '10' }
  const { out } = await rqworker(['--burst', 'low'], env).ended
  expect(out).toContain('A stop may take 30 s, the pre-shutdown and the term timeout, which is more than')
})

test('[R33] an INTERVAL of 0 ends when there is nothing to do', async () => {
  const { rqworker, queue } = place()
  await queue().enqueue(add, 1, 2)
  const { code, out } = await rqworker(['low'], { INTERVAL: '0' }).ended
  expect(code).toBe(0)
  expect(out).toMatch(/1 jobs processed at \d+\.\d{4} j\/s, 0 failed/)
})

test('[R81] a worker is stopped by its name, wherever it runs', async () => {
  const { rqworker } = place()
  const worker = rqworker(['low', '-n', 'w1'])
  await worker.said('*** Listening on low...')
  expect((await rqworker(['remove', 'w1']).ended).code).toBe(6)
  expect(await rqworker(['stop', 'w1']).ended).toMatchObject({ code: 0, out: 'w1: told to stop\n' })
  expect((await worker.ended).code).toBe(0)
  expect((await rqworker(['stop', 'w1']).ended).code).toBe(4)
})

test('[R81] a dead worker is removed before its lease is over, and its jobs are free', async () => {
  const { queue, job, worker, prefix, socket } = await busy(['--name', 'w2'])
  worker.child.kill('SIGKILL')
  await worker.ended
  const place = { RQ_REDIS_URL: connection, RQ_PREFIX: prefix }
  expect((await run('cli/rqworker.ts', ['remove', 'w2'], place).ended).out).toBe('w2: removed\n')
  expect(await Worker.count({ connection, prefix })).toBe(0)
  socket.destroy()
  const next = new Worker('low', { connection, prefix, isolation: 'none', maintenanceInterval: '100ms' })
  const running = next.run()
  await expect.poll(async () => (await job.refresh()).recoveries, { timeout: 10_000 }).toBe(1)
  await next.stopNow()
  await running
  expect(queue.name).toBe('low')
})

test('[D17] --watch: the next job runs what was written', async () => {
  const { rqworker, queue, folder } = place()
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'changing.js'), 'export const which = () => "old"')
  const worker = rqworker(['low', '--watch', '--path', folder])
  expect(await (await queue().enqueue('./changing#which')).result).toBe('old')
  writeFileSync(join(folder, 'changing.js'), 'export const which = () => "new"')
  await worker.said('the next jobs run in fresh work-horses')
  const latest = async () => (await queue().enqueue('./changing#which')).result
  await expect.poll(latest, { timeout: 10_000 }).toBe('new')
  worker.child.kill('SIGTERM')
  expect((await worker.ended).code).toBe(0)
})
