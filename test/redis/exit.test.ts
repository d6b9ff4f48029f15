import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { Queue } from '../../lib/index.ts'
import { startRedis } from '../../lib/testing/index.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()
const SCRIPTS = new URL('../fixtures/scripts/', import.meta.url).pathname

/** Ending by itself is a matter of milliseconds; reconnecting or a timer that is left would take longer than this. */
const AT_ONCE_MS = 1_000

/** A script that runs as a process of its own. */
class Script {
  readonly child: ChildProcess
  readonly lines: string[] = []
  readonly #ended: Promise<number | null>
  #lastAt = performance.now()
  stderr = ''

  constructor(name: string, redisUrl = REDIS_URL) {
    const env = { ...process.env, REDIS_URL: redisUrl, PREFIX: h.prefix }
    this.child = spawn(process.execPath, ['--import', 'tsx', `${SCRIPTS}${name}.ts`], { env })
    onTestFinished(() => void this.child.kill('SIGKILL'))
    this.child.stderr!.on('data', (bytes) => {
      this.stderr += bytes
    })
    createInterface(this.child.stdout!).on('line', (line) => {
      this.lines.push(line)
      this.#lastAt = performance.now()
    })
    this.#ended = once(this.child, 'close').then(([code]) => code as number | null)
  }

  /** Resolves when the script has said this. */
  async says(line: string): Promise<void> {
    await expect.poll(() => this.lines, { timeout: 10_000, interval: 5 }).toContain(line)
  }

  /** The exit code, and how long after its last line, or after `since`, the script ended. */
  async ends(since?: number): Promise<{ code: number | null; ms: number }> {
    const code = await this.#ended
    return { code, ms: performance.now() - (since ?? this.#lastAt) }
  }
}

/** Resolves when somebody waits for a job of q. */
async function awaited(redis = h.redis): Promise<void> {
  await expect.poll(() => redis.hlen(`${h.base('q')}watched`), { interval: 5 }).toBe(1)
}

test.each(['await-result', 'await-result-resp2'])(
  'a script that awaits a result stays until it comes, and ends by itself (%s)',
  async (name) => {
    const script = new Script(name)
    await awaited()
    await h.drain()
    const { code, ms } = await script.ends()
    expect(script.stderr).toBe('')
    expect(script.lines).toEqual(['enqueued', 'result 3'])
    expect(code).toBe(0)
    expect(ms).toBeLessThan(AT_ONCE_MS)
  },
)

test('a script that only enqueues ends by itself', async () => {
  const script = new Script('enqueue-only')
  const { code, ms } = await script.ends()
  expect([script.stderr, code]).toEqual(['', 0])
  expect(ms).toBeLessThan(AT_ONCE_MS)
  expect(await h.queue().count()).toBe(1)
})

test('an enqueue that nobody awaits is sent before the script ends', async () => {
  const script = new Script('enqueue-without-await')
  const { code } = await script.ends()
  expect([script.stderr, code]).toEqual(['', 0])
  expect(await h.queue().count()).toBe(1)
})

test('a worker that was idle leaves no timer behind', async () => {
  const script = new Script('work-until-idle')
  const { code, ms } = await script.ends()
  expect([script.stderr, script.lines, code]).toEqual(['', ['done'], 0])
  expect(ms).toBeLessThan(AT_ONCE_MS)
})

test('a script that has nothing to do any more ends, though its Redis has died', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const script = new Script('idle-until-input-ends', proxy.url)
  await script.says('enqueued')
  await proxy.refuse()
  const since = performance.now()
  script.child.stdin!.end()
  const { code, ms } = await script.ends(since)
  expect([script.stderr, code]).toEqual(['', 0])
  expect(ms).toBeLessThan(AT_ONCE_MS)
})

test('a script that has nothing to do any more ends, though its Redis went silent', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const script = new Script('idle-until-input-ends', proxy.url)
  await script.says('enqueued')
  proxy.blackhole()
  const since = performance.now()
  script.child.stdin!.end()
  const { code, ms } = await script.ends(since)
  expect([script.stderr, code]).toEqual(['', 0])
  expect(ms).toBeLessThan(AT_ONCE_MS)
})

test('a script that awaits a result outlives a restart of Redis', async () => {
  const server = await startRedis({ quiet: true, appendonly: true, args: ['--appendfsync', 'always'] })
  onTestFinished(() => server.stop())
  const script = new Script('await-result', server.url)
  await script.says('enqueued')
  await server.kill()
  await server.restart()
  await h.drain('q', { connection: server.url })
  const { code, ms } = await script.ends()
  expect(script.stderr).toBe('')
  expect(script.lines).toEqual(['enqueued', 'result 3'])
  expect(code).toBe(0)
  expect(ms).toBeLessThan(AT_ONCE_MS)
})

test('a script whose Redis is not there fails, and ends', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  await proxy.refuse()
  const script = new Script('enqueue-unreachable', proxy.url.replace('//', '//user:s3cret@'))
  const { code } = await script.ends()
  expect(code).toBe(1)
  expect(script.stderr).toMatch(/RedisUnavailableError: redis at 127\.0\.0\.1:\d+ cannot be reached/)
  expect(script.stderr).not.toContain('s3cret')
})

test('`await using` closes the queue, and leaves nothing open', async () => {
  const script = new Script('await-using')
  await awaited()
  await h.drain()
  const { code } = await script.ends()
  expect([script.stderr, code]).toEqual(['', 0])
  expect(script.lines).toEqual(['enqueued', 'result 3', 'left open: nothing'])
})

test('a script that closes a queue while it awaits a job of it ends by itself, though another queue is open', async () => {
  const script = new Script('close-while-awaited')
  await awaited()
  const since = performance.now()
  script.child.stdin!.end()
  const { code, ms } = await script.ends(since)
  expect([script.stderr, code]).toEqual(['', 0])
  expect(script.lines).toEqual(['enqueued', 'ClosedError'])
  expect(ms).toBeLessThan(AT_ONCE_MS)
})

test('close() resolves when no socket and no timer is left', async () => {
  const count = () =>
    process.getActiveResourcesInfo().filter((resource) => /TCPSocket|TCPConnect/.test(resource)).length
  await h.redis.ping()
  const before = count()
  const queues = ['a', 'b', 'c'].map((name) => new Queue(name, { connection: REDIS_URL, prefix: h.prefix }))
  for (const q of queues) await q.enqueue('./tasks#add', 1, 2)
  expect(count()).toBeLessThanOrEqual(before + 1)
  for (const q of queues) await q.close()
  expect(count()).toBe(before)
})
