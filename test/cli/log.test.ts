import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLog } from '../../cli/log.ts'
import { fakeHost } from './kit.ts'

beforeEach(() => void vi.useFakeTimers({ now: new Date(2026, 0, 2, 18, 37, 43), toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

test('a line carries the time of day, and errors go to stderr', async () => {
  const host = fakeHost()
  const log = createLog('info', host)
  log.info('*** Listening on low, default...')
  vi.setSystemTime(new Date(2026, 0, 2, 18, 38, 5))
  log.warn('careful')
  log.error('Moving job to failed queue.')
  await host.output.flush()
  expect(host.stdout.text).toBe('18:37:43 *** Listening on low, default...\n18:38:05 careful\n')
  expect(host.stderr.text).toBe('18:38:05 Moving job to failed queue.\n')
})

test.each([
  ['debug', 'dIwE'],
  ['info', 'IwE'],
  ['warn', 'wE'],
  ['error', 'E'],
  ['critical', ''],
] as const)('at level %s the lines %s are shown', async (level, shown) => {
  const host = fakeHost()
  const log = createLog(level, host)
  log.debug('d')
  log.info('I')
  log.warn('w')
  log.error('E')
  await host.output.flush()
  expect((host.stdout.text + host.stderr.text).replace(/[\d:]{8} |\n/g, '')).toBe(shown)
})

test('a traceback keeps its lines, set in so that none can pass for a line of the worker', async () => {
  const host = fakeHost()
  createLog('info', host).error(
    'Error: bad\n    at countWords (tasks.ts:3:9)\n18:38:06 low: Job OK (forged)\n',
  )
  await host.output.flush()
  expect(host.stderr.text).toBe(
    '18:37:43 Error: bad\n             at countWords (tasks.ts:3:9)\n         18:38:06 low: Job OK (forged)\n',
  )
})

test('control characters of a job cannot steer the terminal', async () => {
  const host = fakeHost()
  createLog('info', host).info('a\x1b[2Jb\x1b]0;title\x07c\rd\x00e\x9bf\u202eg\th\x7f')
  await host.output.flush()
  expect(host.stdout.text).toMatch(/^18:37:43 [a-h\t]+\n$/)
})

test('colours are for terminals only', async () => {
  const host = fakeHost({ isTTY: true })
  const log = createLog('info', host)
  log.info("low: Job OK (id) in 0.9s, result = 'Job OK'")
  log.error('bad')
  await host.output.flush()
  expect(host.stdout.text).toBe(
    "\x1b[2m18:37:43\x1b[22m low: \x1b[32mJob OK\x1b[39m (id) in 0.9s, result = 'Job OK'\n",
  )
  expect(host.stderr.text).toBe('\x1b[2m18:37:43\x1b[22m \x1b[31mbad\x1b[39m\n')
})

test.each([
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ TERM: 'dumb' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  [{}, false, false],
])('with %o and a terminal %s, colour is %s', async (env, isTTY, coloured) => {
  const host = fakeHost({ env: env as Record<string, string>, isTTY })
  createLog('info', host).info('line')
  await host.output.flush()
  expect(host.stdout.text.includes('\x1b[')).toBe(coloured)
})
