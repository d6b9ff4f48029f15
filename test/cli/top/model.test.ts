import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { terminalOf } from '../../../cli/terminal.ts'
import { type Model, press, type Row, START, visible } from '../../../cli/top/model.ts'
import { type Look, picture } from '../../../cli/top/picture.ts'
import { fakeHost } from '../kit.ts'

const job = (id: string) => ({ queue: 'mail', id, status: 'failed' as const })
const rows: Row[] = ['a1', 'b2', 'c3'].map((id) => ({
  key: id,
  cells: ['mail', id, `tasks.send('${id}')`],
  job: job(id),
}))

/** Presses keys one after the other. */
function pressed(keys: readonly string[], from: Model = { ...START, tab: 'failures' }) {
  let model = from
  let wish: unknown
  for (const key of keys) {
    const next = press(model, key, visible(rows, model))
    model = next.model
    wish = next.wish
  }
  return { model, wish }
}

test('the selection moves within the rows', () => {
  const at = (...keys: string[]) => pressed(keys).model.at
  expect([
    at('j'),
    at('j', 'down', 'j', 'j'),
    at('j', 'k', 'up'),
    at('G'),
    at('G', 'g'),
    at('pagedown'),
  ]).toEqual([1, 2, 0, 2, 0, 2])
})

test('tabs are chosen by number, by Tab and by arrows', () => {
  const tab = (...keys: string[]) => pressed(keys, START).model.tab
  expect([tab('2'), tab('tab'), tab('S-tab'), tab('4', 'right'), tab('3', 'left')]).toEqual([
    'jobs',
    'jobs',
    'failures',
    'queues',
    'jobs',
  ])
  expect(pressed(['2'], START).wish).toEqual({ kind: 'look' })
})

test('a filter is typed, kept by Enter and dropped by Esc; its letters are no commands', () => {
  const typing = pressed(['/', 'b', 'q', 'backspace', '2'])
  expect([typing.model.filter, typing.model.isTyping, typing.wish]).toEqual(['b2', true, undefined])
  const kept = pressed(['return'], typing.model)
  expect(visible(rows, kept.model).map(({ key }) => key)).toEqual(['b2'])
  expect(pressed(['r'], kept.model).wish).toEqual({ kind: 'act', action: 'retry', job: job('b2') })
  expect(pressed(['escape'], kept.model).model.filter).toBe('')
  expect(pressed(['escape'], typing.model).model).toMatchObject({ filter: '', isTyping: false })
})

test('a retry is done at once; deleting and canceling are asked about', () => {
  expect(pressed(['j', 'r']).wish).toEqual({ kind: 'act', action: 'retry', job: job('b2') })
  for (const [key, action] of [
    ['d', 'delete'],
    ['x', 'cancel'],
  ] as const) {
    const asked = pressed([key])
    expect([asked.wish, asked.model.asking]).toEqual([undefined, { action, job: job('a1') }])
    expect(pressed(['y'], asked.model).wish).toEqual({ kind: 'act', action, job: job('a1') })
    expect(pressed(['n'], asked.model)).toEqual({
      model: { ...asked.model, asking: undefined },
      wish: undefined,
    })
  }
})

test('Enter opens a job, or leads into a queue, and Esc leads back', () => {
  expect(pressed(['return']).wish).toEqual({ kind: 'show', job: job('a1') })
  const queues: Row[] = [{ key: 'mail', queue: 'mail', cells: ['mail'] }]
  const inside = press(START, 'return', queues)
  expect(inside.model).toMatchObject({ tab: 'jobs', queue: 'mail' })
  expect(press(inside.model, 'escape', rows).model).toMatchObject({ tab: 'queues', queue: undefined })
})

test('q and Ctrl-C quit, Ctrl-C even while typing; nothing to act on is no error', () => {
  expect(pressed(['q']).wish).toEqual({ kind: 'quit' })
  expect(pressed(['/', 'C-c']).wish).toEqual({ kind: 'quit' })
  for (const key of ['r', 'd', 'x', 'return', 'j', 'k', ''])
    expect(press(START, key, []).wish).toBeUndefined()
})

test.each([
  [80, 24],
  [40, 8],
  [200, 60],
])('a picture fits %d columns and %d rows, whatever is in it', (width, height) => {
  const host = fakeHost({ isTTY: true, env: { LANG: 'C.UTF-8' } })
  host.stdout.columns = width
  const look: Look = {
    summary: `rq top ${'x'.repeat(300)}`,
    columns: [{ head: 'queue', shrink: true }, { head: 'n', right: true }, { head: 'job' }],
    rows: Array.from({ length: 100 }, (_, i) => ({
      key: String(i),
      cells: ['mail'.repeat(20), String(i), `tasks.send('漢字\x1b[2J\n${'y '.repeat(200)}')`],
    })),
  }
  const detail = { lines: Array.from({ length: 90 }, (_, i) => `line ${i}`), top: 5 }
  for (const model of [
    START,
    { ...START, at: 99 },
    { ...START, at: 50, filter: 'mail' },
    { ...START, detail },
  ]) {
    const lines = picture(look, model, terminalOf(host), height).split('\n')
    expect(lines).toHaveLength(height)
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width)
    if (!('lines' in (model.detail ?? {})))
      expect(lines.filter((line) => line.includes('> '))).toHaveLength(1)
    expect(lines.join('')).not.toContain('\x1b[2J')
  }
})
