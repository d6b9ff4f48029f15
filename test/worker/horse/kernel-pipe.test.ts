import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, readdirSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { assignment, Rider } from '../../fixtures/horse/rider.ts'

const folder = mkdtempSync(join(tmpdir(), 'kernel-pipe-test-'))

afterEach(() => {
  vi.unstubAllEnvs()
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A fresh copy of the module, which remembers what does not work. */
async function load() {
  vi.resetModules()
  return (await import('../../../lib/worker/horse/kernel-pipe.ts')).kernelPipes
}

describe.runIf(process.platform === 'linux')('a pipe of the kernel', () => {
  test('carries orders of any size to a horse, and is closed when that has ended', async () => {
    const files = () => readdirSync('/proc/self/fd').length
    // What the first one opens for good is not its own.
    const first = new Rider('process')
    first.send('exit')
    await first.exit
    const before = files()
    const rider = new Rider('process')
    // Far more than a pipe holds.
    rider.horse.send([assignment('long', ['ok', 'ü'.repeat(500_000)]), assignment('short', ['ok'])])
    expect(await rider.outcome('long')).toMatchObject({ kind: 'finished' })
    expect(await rider.outcome('short')).toMatchObject({ kind: 'finished' })
    rider.send('exit')
    await rider.exit
    expect(files()).toBe(before)
  })

  test('keeps what a process wrote that is gone, and then ends; nobody can find it by a name', async () => {
    vi.stubEnv('TMPDIR', folder)
    const { read, write } = (await load())('line')!.line
    expect(readdirSync(folder)).toEqual([])
    spawnSync(
      process.execPath,
      ['-e', 'fs.writeSync(3, "last words"); process.kill(process.pid, "SIGKILL")'],
      {
        stdio: ['ignore', 'ignore', 'inherit', write],
      },
    )
    closeSync(write)
    const bytes = Buffer.alloc(100)
    expect(bytes.toString('utf8', 0, readSync(read, bytes))).toBe('last words')
    expect(readSync(read, bytes)).toBe(0)
    closeSync(read)
  })
})

test.each([
  ['mkfifo', 'PATH'],
  ['a folder for it', 'TMPDIR'],
])('without %s there is none', async (_, name) => {
  vi.stubEnv(name, '/dev/null/nowhere')
  expect((await load())('line')).toBeUndefined()
})

test('without them a horse has its orders and reports by sockets', async () => {
  vi.stubEnv('PATH', '/dev/null/nowhere')
  const rider = new Rider('process')
  rider.send('ok', 'throw', 'exit')
  expect(await rider.outcome('ok')).toMatchObject({ kind: 'finished' })
  expect(await rider.outcome('throw')).toMatchObject({ kind: 'failed' })
  expect(await rider.exit).toMatchObject({ culprit: 'exit', ready: true })
})
