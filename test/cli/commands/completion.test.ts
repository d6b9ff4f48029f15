import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { SCRIPTS, SHELLS } from '../../../cli/completion/scripts.ts'
import { add } from '../fixtures/tasks.ts'
import { place, rqOffline } from '../kit-rq.ts'

const ROOT = new URL('../../..', import.meta.url).pathname

/** The words that may come next, as `rq __complete` prints them. */
async function next(words: readonly string[], p = place()): Promise<string[]> {
  const { code, out, err } = await p.rq(['__complete', '--', ...words])
  expect([code, err]).toEqual([0, ''])
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t')[0]!)
}

test('commands are completed, hidden ones are not', async () => {
  const all = await next([''])
  expect(all).toContain('worker')
  expect(all).not.toContain('__complete')
  expect(await next(['inf'])).toEqual(['info'])
  expect(await next(['job', 's'])).toEqual(['show', 'stop'])
  expect(await next(['nonsense', ''])).toEqual([])
})

test('options are completed, those of every command included', async () => {
  expect(await next(['worker', '--health'])).toEqual(['--health-port', '--health-host'])
  expect(await next(['info', '--js'])).toEqual(['--json'])
  // After an option that takes a value no word of ours is expected.
  expect(await next(['worker', '--name', ''])).toEqual([])
})

test('queues and functions come from Redis', async () => {
  const p = place()
  await p.queue('mail').enqueue(add, 1, 2)
  await p.queue('movies').enqueue(add, 1, 2)
  await p.drain('mail')
  expect((await next(['info', 'm'], p)).sort()).toEqual(['mail', 'movies'])
  expect(await next(['jobs', '--queue', 'ma'], p)).toEqual(['mail'])
  expect(await next(['enqueue', './test/cli'], p)).toEqual(['./test/cli/fixtures/tasks#add'])
})

test('a Redis that does not answer costs no more than a moment, and no error', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await new Promise((resolve) => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  const began = performance.now()
  const { code, out, err } = await rqOffline([
    '__complete',
    '--',
    'info',
    '-u',
    `redis://127.0.0.1:${port}`,
    '',
  ])
  expect({ code, out, err }).toEqual({ code: 0, out: '', err: '' })
  expect(performance.now() - began).toBeLessThan(3_000)
})

test.each(SHELLS)('rq completion %s prints a script that asks rq', async (shell) => {
  const { code, out } = await rqOffline(['completion', shell])
  expect([code, out]).toEqual([0, SCRIPTS[shell]])
  expect(out).toContain('rq __complete -- ')
})

test('another shell is refused', async () => {
  const { code, err } = await rqOffline(['completion', 'zs'])
  expect(code).toBe(2)
  expect(err).toContain("Did you mean 'zsh'")
})

test('bash completes by its script', async () => {
  const program = `rq() { node --import tsx cli/rq.ts "$@"; }
    ${SCRIPTS.bash}
    COMP_WORDS=(rq job sh); COMP_CWORD=2; _rq_complete; echo "\${COMPREPLY[@]}"
    COMP_WORDS=(rqworker --metrics); COMP_CWORD=1; _rq_complete; echo "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['-c', program], { cwd: ROOT })
  expect(stdout).toBe('show\n--metrics-port\n')
})
