import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Output } from '../../cli/output.ts'
import { Recorder } from './kit.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function newOutput() {
  const stdout = new Recorder()
  const stderr = new Recorder()
  return { stdout, stderr, output: new Output(stdout, stderr) }
}

test('what is written within 20 ms goes out in one piece', async () => {
  const { stdout, output } = newOutput()
  output.out('one\n')
  output.out('two\n')
  expect(stdout.writes).toEqual([])
  await vi.advanceTimersByTimeAsync(20)
  expect(stdout.writes).toEqual(['one\ntwo\n'])
  output.out('three\n')
  await vi.advanceTimersByTimeAsync(20)
  expect(stdout.writes).toEqual(['one\ntwo\n', 'three\n'])
})

test('64 KiB go out at once', () => {
  const { stdout, output } = newOutput()
  output.out('x'.repeat(64 * 1024 - 1))
  expect(stdout.writes).toEqual([])
  output.out('y')
  expect(stdout.text).toHaveLength(64 * 1024)
})

test('stdout and stderr keep the order in which they were written', async () => {
  const both = new Recorder()
  const output = new Output(both, new Proxy(both, {}))
  output.out('1')
  output.err('2')
  output.out('3')
  await output.flush()
  expect(both.writes).toEqual(['1', '2', '3'])
})

test('flush writes all, also what comes in while it writes', async () => {
  const { stdout, output } = newOutput()
  stdout.stuck = true
  output.out('first')
  const flushed = output.flush()
  output.out('second')
  stdout.unstick()
  await flushed
  expect(stdout.writes).toEqual(['first', 'second'])
  expect(vi.getTimerCount()).toBe(0)
})

test('flush gives up after its limit when nobody reads', async () => {
  const { stdout, output } = newOutput()
  stdout.stuck = true
  output.line('text')
  output.err('error')
  const flushed = output.flush(500)
  await vi.advanceTimersByTimeAsync(500)
  await expect(flushed).resolves.toBeUndefined()
})

test('an answer comes whole, however large it is and however long its reader stands still', async () => {
  const { stdout, stderr, output } = newOutput()
  stdout.stuck = true
  const part = 'x'.repeat(20 * 1024 * 1024)
  output.out(part)
  output.out(part)
  expect(output.isBehind).toBe(true)
  const flushed = output.flush(500)
  await vi.advanceTimersByTimeAsync(60_000)
  stdout.unstick()
  await flushed
  expect([stdout.text.length, stderr.text, output.isBehind]).toEqual([2 * part.length, '', false])
})

test('whoever shows something hears that nobody reads it any more', async () => {
  const { stdout, stderr, output } = newOutput()
  stderr.left = true
  output.out('read')
  output.err('unread')
  await output.flush()
  expect(output.unread.aborted).toBe(false)
  stdout.left = true
  output.out('unread')
  await output.flush()
  expect(output.unread.aborted).toBe(true)
})

test('a reader that stands still costs lines, which are counted, and not memory', async () => {
  const { stdout, stderr, output } = newOutput()
  stdout.stuck = true
  const line = 'x'.repeat(1024 * 1024)
  for (let i = 0; i < 20; i++) output.line(line)
  stdout.unstick()
  await output.flush()
  expect(stdout.text).toHaveLength(16 * line.length)
  expect(stderr.text).toBe('4 lines were dropped: whoever reads them is too slow\n')
  output.out('again')
  await output.flush()
  expect(stdout.text.endsWith('again')).toBe(true)
})

test('flushNow hands over what is left without waiting', () => {
  const { stdout, stderr, output } = newOutput()
  output.out('last words')
  output.err('last error')
  output.flushNow()
  expect([stdout.text, stderr.text]).toEqual(['last words', 'last error'])
  expect(vi.getTimerCount()).toBe(0)
})
