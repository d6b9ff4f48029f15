import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { bar, spark } from '../../cli/bar.ts'
import { toJson } from '../../cli/json.ts'
import { Progress } from '../../cli/progress.ts'
import { Screen } from '../../cli/screen.ts'
import { cutMiddle, table } from '../../cli/table.ts'
import { isUtf8, type Terminal } from '../../cli/terminal.ts'
import { age } from '../../cli/words.ts'
import { fingerprint, isError, normalize } from '../../lib/core/fingerprint.ts'
import { fakeHost } from './kit.ts'

const plain: Terminal = { isTTY: false, width: 60, utf8: true, style: (_, text) => text }

describe('bars and sparks', () => {
  test.each([
    [0, ''],
    [1, '▎'],
    [0.01, '▏'],
    [5, '█▎'],
    [40, '██████████'],
    [99, '██████████'],
  ])('%d of 40 is %s', (value, drawn) => {
    expect(bar(value, 40, 10, true)).toBe(drawn)
  })

  test('are ASCII where nothing else can be shown', () => {
    expect(bar(1, 40, 10, false)).toBe('#')
    expect(bar(20, 40, 10, false)).toBe('#####')
    expect(spark([0, 7], false)).toBe('_@')
    expect(spark([0, 1, 7], true)).toBe('▁▂█')
  })

  test.each([
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'C.UTF-8', LC_ALL: 'POSIX' }, false],
    [{}, false],
  ])('%j can show UTF-8: %s', (env, can) => {
    expect(isUtf8(env)).toBe(can)
  })
})

describe('a table', () => {
  const columns = [{ head: 'id', shrink: true }, { head: 'n', right: true }, { head: 'text' }] as const

  test('has numbers at the right and no lines around', () => {
    expect(
      table(
        columns,
        [
          ['a', '1', 'x'],
          ['bb', '22', 'y'],
        ],
        plain,
      ),
    ).toBe('id   n  text\na    1  x\nbb  22  y\n')
  })

  test('that is too wide cuts in the middle and wraps the last column', () => {
    const drawn = table(columns, [['a'.repeat(40) + 'z'.repeat(10), '1', 'many words '.repeat(8)]], plain)
    const lines = drawn.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(2)
    expect(lines[1]).toMatch(/^a+…[az]*z /)
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(60)
  })

  test('counts wide characters, and takes out what steers a terminal', () => {
    expect(
      table(
        columns,
        [
          ['日本', '1', 'a\x1b[31mb\nc'],
          ['abcd', '2', 'd'],
        ],
        plain,
      ),
    ).toBe('id    n  text\n日本  1  ab c\nabcd  2  d\n')
  })

  test('cuts no character in half', () => {
    expect(cutMiddle('日本日本日本', 7, true)).toBe('日…本')
    expect(cutMiddle('abcdefgh', 6, false)).toBe('ab..gh')
  })
})

test('ages are in the largest unit that fits', () => {
  expect([0, 59_999, 60_000, 7_200_000, 200_000_000].map(age)).toEqual(['0s', '59s', '1m', '2h', '2d'])
})

describe('errors of one cause', () => {
  test.each([
    ["no row 17 in 'users'", 'no row <n> in <text>'],
    ['job a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de at 1.5', 'job <id> at <n>'],
    ['GET https://h/x?y=1 failed', 'GET <url> failed'],
    ['block deadbeef01 is bad', 'block <hex> is bad'],
  ])('%s is %s', (message, normal) => {
    expect(normalize(message)).toBe(normal)
  })

  test('have one fingerprint', () => {
    const error = { name: 'RowError', message: 'no row 1' }
    expect(fingerprint(error)).toBe(fingerprint({ name: 'RowError', message: 'no row 222' }))
    expect(fingerprint(error)).not.toBe(fingerprint({ name: 'Error', message: 'no row 1' }))
    for (const meant of ['RowError', fingerprint(error), 'no row']) expect(isError(error, meant)).toBe(true)
    expect(isError(error, 'OtherError')).toBe(false)
    expect(isError(undefined, 'RowError')).toBe(false)
  })
})

test('JSON has a form for everything, and nothing that steers a terminal', () => {
  expect(toJson({ a: 10n, b: new Map([[1, 2]]), c: new Set([3]), d: '\x9b\u202e\x1b' })).toBe(
    '{"a":"10","b":[[1,2]],"c":[3],"d":"\\u009b\\u202e\\u001b"}',
  )
})

describe('the screen', () => {
  test('gives the terminal back when it stops, and when the process ends before', async () => {
    for (const end of ['stop', 'exit'] as const) {
      const host = fakeHost({ isTTY: true })
      const screen = new Screen(host)
      screen.start()
      screen.draw('one\ntwo\n')
      if (end === 'stop') screen.stop()
      else host.exit()
      await host.output.flush()
      expect(host.stdout.text).toBe(
        '\x1b[?1049h\x1b[?25l\x1b[Hone\x1b[K\ntwo\x1b[K\n\x1b[J\x1b[?25h\x1b[?1049l',
      )
    }
  })
})

describe('progress', () => {
  test('is a line each 5 s where stderr is no terminal', async () => {
    const host = fakeHost()
    const progress = new Progress(host, {}, 'jobs deleted')
    progress.at(1)
    host.pass(5_000)
    progress.at(1_200, 3_000)
    progress.at(1_300, 3_000)
    progress.stop()
    await host.output.flush()
    expect(host.stderr.text).toBe('1,200 of 3,000 jobs deleted\n')
  })

  test('is redrawn on a terminal, and leaves nothing', async () => {
    const host = fakeHost({ isTTY: true })
    const progress = new Progress(host, {}, 'jobs deleted')
    host.pass(100)
    progress.at(7)
    progress.stop()
    await host.output.flush()
    expect(host.stderr.text).toBe('\r7 jobs deleted\x1b[K\r\x1b[K')
  })

  test('is silent with --quiet', async () => {
    const host = fakeHost({ isTTY: true })
    const progress = new Progress(host, { quiet: true }, 'jobs deleted')
    host.pass(10_000)
    progress.at(7)
    progress.stop()
    await host.output.flush()
    expect(host.stderr.text).toBe('')
  })
})
