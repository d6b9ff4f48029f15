import { expect, test } from 'vitest'
import { inheritedEnv, inheritedFlags } from '../../../lib/worker/horse/node-flags.ts'

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
  expect(inheritedFlags(['-e', 'work()', '--require', './a.cjs'])).toEqual(['--require', './a.cjs'])
})

test('a horse takes over the environment, without a debugger in NODE_OPTIONS', () => {
  expect(inheritedEnv({ A: '1', NODE_OPTIONS: '--inspect=9229 --enable-source-maps' })).toEqual({
    A: '1',
    NODE_OPTIONS: ' --enable-source-maps',
  })
  expect(inheritedEnv({ A: '1' })).toEqual({ A: '1' })
})
