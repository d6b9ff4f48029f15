import { describe, expect, test } from 'vitest'
import { toCsv } from '../../lib/dashboard/security/csv.ts'
import { redactor } from '../../lib/dashboard/security/redact.ts'
import { API, made, PAGES } from './kit.ts'
import { sample } from './sample.ts'

const HOSTILE = [
  '"><img src=x onerror=alert(1)>',
  '</script><script>alert(1)</script>',
  "' onmouseover='alert(1)",
  'javascript:alert(1)',
  '<svg/onload=alert(1)>',
  '\u202egnp.exe\u2066',
  '\ud800 lone',
  '__proto__',
  '{{constructor.constructor("alert(1)")()}}',
  '../../..',
]

describe.each(HOSTILE)('[S1] with %j in every field', (text) => {
  // Fields that stand beside others keep what tells them apart.
  const data = sample({ text: (_, plain) => `${text}${plain}`, args: JSON.stringify([{ [text]: text }]) })

  test('each page is whole, and nothing of it is markup', async () => {
    const { ask } = made({}, data)
    const name = encodeURIComponent(`${text}nightly`.toWellFormed())
    for (const page of [...PAGES, ...API]) {
      const path = page.replace('nightly', name)
      const { status, text: html } = await ask(path)
      expect([path, status]).toEqual([path, 200])
      if (path.startsWith('/api')) continue
      // What stands between quotes is text: a quote in it would have been escaped.
      const tags = html
        .replaceAll(/="[^"]*"/g, '=""')
        // What is edited is what will be enqueued, letter by letter.
        .replace(/<textarea[\s\S]*<\/textarea>/, '')
      expect([path, tags.match(/<img|<script(?! type="" src=)|<svg\/|<[^>]*\son\w+=/)]).toEqual([path, null])
      expect([path, html.match(/(?:href|src|action)="\s*javascript:/i)]).toEqual([path, null])
      expect([path, tags.match(/.{0,80}[\u202a-\u202e\u2066-\u2069\ud800]/g)]).toEqual([path, null])
    }
  })
})

test('[S1] arguments of three megabytes do not make a page of them', async () => {
  const args = JSON.stringify(Array.from({ length: 100_000 }, (_, i) => `value number ${i}`))
  const { ask } = made({}, sample({ args }))
  const { text } = await ask('/jobs/job-5?queue=mail.bulk')
  expect(text.length).toBeLessThan(60 * 1024)
  expect(text).toContain('… 99800')
})

test('the page of a job is below 60 KB, whatever its arguments of which all is at hand', async () => {
  const pairs = Array.from({ length: 900 }, (_, i) => [`key ${i}`, i])
  for (const args of [
    [...Array(2_500).keys()],
    [Object.fromEntries(pairs)],
    Array(800).fill([[]]),
    ['y'.repeat(11_000)],
  ]) {
    const { ask } = made({}, sample({ args: JSON.stringify(args) }))
    const { text } = await ask('/jobs/job-5?queue=mail.bulk')
    expect([JSON.stringify(args).slice(0, 20), Math.ceil(text.length / 1024)]).toEqual([
      expect.anything(),
      expect.toSatisfy((kb) => kb < 60),
    ])
  }
})

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['a,"b"', '"a,""b"""'],
  ['two\r\nlines', '"two\r\nlines"'],
])('[S8] a cell %j of an export is %j', (value, cell) => {
  expect(toCsv([[value, 5]])).toBe(`${cell},5\r\n`)
})

test.each([
  [{ __proto__: null, password: 'x' }, { password: '•••' }],
  [
    { 'user-token': 'x', author: 'y' },
    { 'user-token': '•••', author: 'y' },
  ],
  [{ hasPassword: true }, { hasPassword: true }],
  [['Authorization: Basic dXNlcjpwYXNz'], ['Authorization: •••']],
  ['eyJhbGciOiJI.eyJzdWIiOiIx.c2ln', '•••'],
  ['https://x/?token=abc&a=1', 'https://x/?token=•••&a=1'],
])('[S8] %j is shown as %j', (value, expected) => {
  expect(JSON.stringify(redactor().value(value))).toContain(JSON.stringify(expected).slice(0, 12))
  expect(JSON.stringify(redactor().value(value))).not.toMatch(/"x"|dXNl|eyJh|=abc/)
})

test('text that is cut within a secret hides it too', () => {
  const { text } = redactor()
  expect(text('[{"password":"hunt')).toBe('[{"password":•••')
  expect(text('{"a":1,"apiKey":"k\\"1","b":2}')).toBe('{"a":1,"apiKey":•••,"b":2}')
})

test('text made to be slow is not', () => {
  const { text } = redactor()
  const from = performance.now()
  for (const hostile of [
    'password'.repeat(8_000),
    '"'.repeat(65_000),
    'token=\\"'.repeat(8_000),
    '://'.repeat(20_000),
    'eyJ'.repeat(20_000),
    '-'.repeat(65_000),
  ])
    text(hostile)
  expect(performance.now() - from).toBeLessThan(2_000)
})
