import { expect, onTestFinished, test, vi } from 'vitest'
import { createLog } from '../../cli/log.ts'
import { Shutdown } from '../../cli/shutdown.ts'
import { fakeHost } from './kit.ts'

function latch() {
  let resolve = () => {}
  let reject = (_: Error) => {}
  const promise = new Promise<void>((...settle) => {
    ;[resolve, reject] = settle
  })
  return { promise, resolve, reject }
}

/** A worker whose stops end when the test says so. */
function started(shutdownMs = 25_000) {
  const host = fakeHost()
  const warm = latch()
  const cold = latch()
  const worker = { stop: vi.fn(() => warm.promise), stopNow: vi.fn(() => cold.promise) }
  const shutdown = new Shutdown(worker, createLog('info', host), host, shutdownMs)
  const forced = vi.fn()
  void shutdown.forced.then(forced)
  shutdown.start()
  onTestFinished(() => shutdown.stop())
  return { host, warm, cold, worker, shutdown, forced }
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'the first %s stops the worker warm, with exit code 0',
  async (signal) => {
    const { host, worker, shutdown } = started()
    host.send(signal)
    expect(worker.stop).toHaveBeenCalledOnce()
    expect(worker.stopNow).not.toHaveBeenCalled()
    expect(shutdown.exitCode).toBe(0)
    await host.output.flush()
    expect(host.stdout.text).toContain('Warm shut down requested')
  },
)

test('[rq 112] two signals within a second count as one', () => {
  const { host, worker } = started()
  host.send('SIGINT')
  host.pass(999)
  host.send('SIGTERM')
  expect(worker.stop).toHaveBeenCalledOnce()
  expect(worker.stopNow).not.toHaveBeenCalled()
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second signal a second later, %s, stops it cold, with exit code %d', async (signal, code) => {
  const { host, cold, worker, shutdown, forced } = started()
  host.send('SIGTERM')
  host.pass(1000)
  host.send(signal)
  expect(worker.stopNow).toHaveBeenCalledOnce()
  expect(shutdown.exitCode).toBe(code)
  expect(forced).not.toHaveBeenCalled()
  cold.resolve()
  await shutdown.forced
  await host.output.flush()
  expect(host.stdout.text).toContain('Cold shut down')
  shutdown.stop()
})

test('a third signal ends the wait for a cold stop that hangs', async () => {
  const { host, shutdown } = started()
  for (const _ of [1, 2, 3]) {
    host.send('SIGINT')
    host.pass(1000)
  }
  await shutdown.forced
  expect(shutdown.exitCode).toBe(130)
  shutdown.stop()
})

test('a cold stop that hangs ends by itself', async () => {
  vi.useFakeTimers()
  try {
    const { host, shutdown } = started()
    host.send('SIGTERM')
    host.pass(1000)
    host.send('SIGTERM')
    await vi.advanceTimersByTimeAsync(10_000)
    await shutdown.forced
    shutdown.stop()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('a warm stop that hangs past the shutdown timeout turns cold, and the command has failed', async () => {
  vi.useFakeTimers()
  try {
    const { host, cold, worker, shutdown } = started()
    host.send('SIGTERM')
    await vi.advanceTimersByTimeAsync(34_999)
    expect(worker.stopNow).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(worker.stopNow).toHaveBeenCalledOnce()
    cold.resolve()
    await shutdown.forced
    expect(shutdown.exitCode).toBe(1)
    await host.output.flush()
    expect(host.stderr.text).toContain('Warm shut down failed: not done after 35 s')
    shutdown.stop()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})

test('a shutdown timeout that is longer than a timer can count turns nothing cold', async () => {
  vi.useFakeTimers()
  try {
    const { host, worker, shutdown } = started(30 * 86_400_000)
    host.send('SIGTERM')
    await vi.advanceTimersByTimeAsync(86_400_000)
    expect(worker.stopNow).not.toHaveBeenCalled()
    shutdown.stop()
  } finally {
    vi.useRealTimers()
  }
})

test('a warm stop that fails turns cold, and the command has failed', async () => {
  const { host, warm, cold, worker, shutdown } = started()
  host.send('SIGTERM')
  warm.reject(new Error('Redis is away'))
  cold.resolve()
  await shutdown.forced
  expect(worker.stopNow).toHaveBeenCalledOnce()
  expect(shutdown.exitCode).toBe(1)
  await host.output.flush()
  expect(host.stderr.text).toContain('Redis is away')
  shutdown.stop()
})

test('once stopped it hears no signal', () => {
  const { host, worker, shutdown } = started()
  shutdown.stop()
  host.send('SIGINT')
  expect(worker.stop).not.toHaveBeenCalled()
})
