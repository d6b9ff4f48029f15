import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseArgs } from '../../cli/call-args.ts'
import { fakeHost } from './kit.ts'

test.each<[string[], unknown[]]>([
  [[], []],
  [
    ['text', '1', ''],
    ['text', '1', ''],
  ],
  [
    [':1', ':{"a":[true]}', ':"text"'],
    [1, { a: [true] }, 'text'],
  ],
  [
    ['%None', '%undefined', '%10n', "%'text'", '%1.5', '%True'],
    [null, undefined, 10n, 'text', 1.5, true],
  ],
  [
    ['x', 'key=value', 'n:=3', 'f%=NaN', 'empty='],
    ['x', { key: 'value', n: 3, f: Number.NaN, empty: '' }],
  ],
  [
    ['a=1', 'b', 'c=d=e'],
    ['b', { a: '1', c: 'd=e' }],
  ],
  [
    ['http://h/?a=b', 'not a key=x', '=x'],
    ['http://h/?a=b', 'not a key=x', '=x'],
  ],
  [[':"a=b"'], ['a=b']],
])('%o are %o', async (words, args) => {
  expect(await parseArgs(words, fakeHost())).toEqual(args)
})

test('@file is what the file holds, in each form', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'rq-args-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  writeFileSync(join(cwd, 'data.json'), '[1,2]')
  expect(
    await parseArgs(['@data.json', ':@data.json', 'k=@data.json', 'j:=@data.json'], fakeHost({ cwd })),
  ).toEqual(['[1,2]', [1, 2], { k: '[1,2]', j: [1, 2] }])
})

test('- is stdin, once', async () => {
  expect(await parseArgs(['-'], fakeHost({ input: 'piped\n' }))).toEqual(['piped\n'])
  expect(await parseArgs(['rows:=-'], fakeHost({ input: '[1]' }))).toEqual([{ rows: [1] }])
  await expect(parseArgs(['-', '-'], fakeHost({ input: 'x' }))).rejects.toThrow('stdin can be read once only')
})

test.each([
  [':{a:1}', 'expected JSON after the'],
  ['%foo', "expected a literal such as undefined, None, 1.5, 10n, 'text' or JSON"],
  ['@missing.txt', 'cannot read'],
])('%s is a usage error', async (word, message) => {
  await expect(parseArgs([word], fakeHost())).rejects.toThrow(message)
})

test('a key may be set once, and __proto__ never', async () => {
  await expect(parseArgs(['a=1', 'a=2'], fakeHost())).rejects.toThrow('a is set a second time')
  await expect(parseArgs(['__proto__:={}'], fakeHost())).rejects.toThrow('another key than __proto__')
})
