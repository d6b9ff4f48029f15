import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readPid, writePid } from '../../cli/pid-file.ts'

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rq-pid-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'rq.pid')
}

test('[R31] a pid file holds the id, and is removed by its owner only', () => {
  const file = newFile()
  const remove = writePid(file)
  expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`)
  expect(readPid(file)).toEqual({ pid: process.pid, isRunning: true })
  writeFileSync(file, '1\n')
  remove()
  expect(existsSync(file)).toBe(true)
})

test('[R31] one of a living process is refused, one of a dead process replaced', async () => {
  const file = newFile()
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'])
  onTestFinished(() => void other.kill('SIGKILL'))
  await once(other, 'spawn')
  writePid(file, other.pid)
  expect(() => writePid(file)).toThrow(`to be free, but its process ${other.pid} is running`)
  other.kill('SIGKILL')
  await once(other, 'exit')
  expect(readPid(file)).toEqual({ pid: other.pid, isRunning: false })
  const remove = writePid(file)
  expect(readPid(file)?.pid).toBe(process.pid)
  remove()
  expect(existsSync(file)).toBe(false)
})

test.runIf(process.platform === 'linux')('[R31] a process that is younger than the file is another', () => {
  const file = newFile()
  writePid(file)
  // As after a restart of the machine, or in a container, where the numbers begin anew.
  utimesSync(file, new Date(0), new Date(0))
  expect(readPid(file)).toEqual({ pid: process.pid, isRunning: false })
})

test('a file without a number says nothing', () => {
  const file = newFile()
  writePid(file)
  writeFileSync(file, 'x')
  expect(readPid(file)).toBeUndefined()
})
