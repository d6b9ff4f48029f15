import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseFunctionName } from '../../lib/core/function-name.ts'
import { InvalidArgumentError } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const OUTSIDE = [
  ...[
    '../escape#run',
    './../escape#run',
    './a/../../escape#run',
    '/etc/passwd#run',
    '//host/x#run',
    './/x#run',
  ],
  ...[
    'file:///tmp/x#run',
    'http://example.org/x.js#run',
    'data:text/javascript,export{}#run',
    'DATA:text/javascript,1#x',
  ],
  ...['node:child_process#execSync', 'node:fs#rmSync', '.\\..\\escape#run'],
  ...[
    './tasks#__proto__',
    './tasks#constructor',
    './tasks#constructor.constructor',
    './tasks#add.constructor',
  ],
  ...['./tasks#add.__proto__', './tasks#prototype', './tasks#add.prototype', './tasks#prototype.prototype.x'],
  ...[
    './tasks#',
    '#add',
    'tasks',
    '',
    '#',
    '##',
    './#add',
    './tasks\n#add',
    './ta\u0000sks#add',
    `./${'x'.repeat(2_000)}#add`,
  ],
]

/** Refused only where they are looked for: by their form they could be names. */
const NOT_THERE = [
  '~/x#run',
  ...['./%2e%2e/escape#run', './%2e%2e%2fescape#run', './..%2fescape#run', './\u2024\u2024/escape#run'],
  ...[
    './tasks#toString',
    './tasks#hasOwnProperty',
    './tasks#add.call',
    './tasks#add.bind',
    './tasks#Reports.toString',
  ],
  ...['./tasks?x=1#add', './tasks#valueOf', './tasks#Reports.prototype.constructor', './tasks#Reports.name'],
  ...[
    'child_process#execSync',
    'fs#rmSync',
    'fs/promises#rm',
    'process#exit',
    'module#createRequire',
    'vm#runInThisContext',
  ],
]

/** Puts a job into the queue as whoever can write to Redis can, and answers the error that it fails with. */
async function forge(func: string, paths?: string[]): Promise<{ name: string; message: string }> {
  const job = await h.queue().enqueue('./tasks#add', 1, 2)
  await h.redis.hset(`${h.base('q')}job:${job.id}`, 'fn', `1000 ${func}`)
  await h.drain('q', paths ? { paths } : {})
  const [st, err] = await h.redis.hmget(`${h.base('q')}job:${job.id}`, 'st', 'err')
  expect(st).toMatch(/^failed /)
  return JSON.parse(err!)
}

describe('a function outside the root', () => {
  test.each(OUTSIDE)('%j is no name, for a producer', async (func) => {
    expect(() => parseFunctionName(func)).toThrow(InvalidArgumentError)
    await expect(h.queue().enqueue(func)).rejects.toThrow(InvalidArgumentError)
  })

  test.each([...OUTSIDE, ...NOT_THERE])(
    '%j does not run in a worker, however it came into the queue',
    async (func) => {
      expect((await forge(func)).name).toMatch(/^Invalid(Job|Argument)Error$/)
    },
  )

  test('does not run by a symbolic link that leads out', async () => {
    const root = mkdtempSync(join(tmpdir(), 'root-'))
    const outside = mkdtempSync(join(tmpdir(), 'outside-'))
    try {
      writeFileSync(join(root, 'package.json'), '{"type":"module"}')
      writeFileSync(join(outside, 'evil.mjs'), 'export const run = () => 1')
      symlinkSync(join(outside, 'evil.mjs'), join(root, 'link.mjs'))
      symlinkSync(outside, join(root, 'folder'))
      for (const func of ['./link#run', './folder/evil#run']) {
        expect(await forge(func, [root])).toMatchObject({ name: 'InvalidJobError' })
      }
    } finally {
      rmSync(root, { recursive: true })
      rmSync(outside, { recursive: true })
    }
  })
})
