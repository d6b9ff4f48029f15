import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { processArgs } from '../../../lib/worker/horse/entry.ts'
import { inheritedEnv, inheritedFlags, threadFlags } from '../../../lib/worker/horse/node-flags.ts'

test('a horse takes over the flags of its worker that concern modules and memory', () => {
  const flags = [
    '--import',
    'tsx',
    '--enable-source-maps',
    '--max-old-space-size=512',
    '--conditions',
    'development',
  ]
  expect(inheritedFlags(flags)).toEqual(flags)
})

test('a horse shares no debugger port, and runs nothing but its own program', () => {
  const flags = [
    '--inspect',
    '--inspect-brk=9230',
    '--inspect-port',
    '0',
    '--watch',
    '--watch-path',
    './src',
    '--test',
  ]
  expect(inheritedFlags(flags)).toEqual([])
})

test.each([
  ['-e', 'work()'],
  ['-p', 'work()'],
  ['--eval=import "./worker.js"\nwork()'],
  ['--print=work()'],
  ['--eval', 'work()', '--input-type', 'module'],
  ['--input-type=module', '-pe', 'work()'],
])('a horse runs nothing of a worker that was given as text: %s %s', (...flags) => {
  expect(inheritedFlags([...flags, '--require', './a.cjs'])).toEqual(['--require', './a.cjs'])
})

test('a thread takes the flags of its process by itself, but for a kind of text', () => {
  expect(threadFlags(['--enable-source-maps', '-e', 'work()'])).toBeUndefined()
  expect(threadFlags(['--enable-source-maps', '--input-type=module'])).toEqual(['--enable-source-maps'])
})

test.each(['process', 'thread'])('a program from stdin has horses of kind %s', (isolation) => {
  const rider = new URL('../../fixtures/horse/rider.ts', import.meta.url)
  const program = `import { Rider } from ${JSON.stringify(rider.href)}
const rider = new Rider('${isolation}')
rider.send('ok')
console.log((await Promise.race([rider.outcome('ok'), rider.exit])).kind)
await rider.horse.stop()`
  const flags = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-']
  expect(execFileSync(process.execPath, flags, { input: program, encoding: 'utf8' })).toBe('finished\n')
})

test('a horse that has not come to its own program starts no horses', () => {
  const entry = processArgs().at(-1)!
  expect(() => processArgs(['node', entry, '{}'])).toThrow(/got one in a work-horse that is starting/)
  expect(processArgs(['node', entry])).toEqual(processArgs())
})

test('a horse takes over the environment, without a debugger in NODE_OPTIONS', () => {
  expect(inheritedEnv({ A: '1', NODE_OPTIONS: '--inspect=9229 --enable-source-maps' })).toEqual({
    A: '1',
    NODE_OPTIONS: ' --enable-source-maps',
  })
  expect(inheritedEnv({ A: '1' })).toEqual({ A: '1' })
})
