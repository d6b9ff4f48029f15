import { expect, test } from 'vitest'
import { type CreatePool, workerPoolCommand } from '../../../cli/commands/worker-pool.ts'
import { runProgram } from '../../../cli/program.ts'
import { fakeHost, undirected } from '../kit.ts'

async function workerPool(line: string) {
  const host = fakeHost()
  const made: { queues: string[]; options: object }[] = []
  const createPool: CreatePool = (queues, { logger, ...options }) => {
    made.push({ queues, options })
    return { run: async () => {}, stop: async () => {}, stopNow: async () => {}, ...undirected }
  }
  const command = workerPoolCommand('rq worker-pool', createPool)
  const code = await runProgram(command, line.split(' ').filter(Boolean), host)
  return { code, made: made[0], out: host.stdout.text, err: host.stderr.text }
}

test('it takes the number of workers, and the flags of a worker', async () => {
  const { code, made } = await workerPool('high low -n 4 -b -c 2 --results-ttl 60')
  expect(code).toBe(0)
  expect(made).toEqual({
    queues: ['high', 'low'],
    options: { size: 4, burst: true, concurrency: 2, defaultResultTtl: '60' },
  })
})

test.each([
  ['-n 0', 'expected a whole number from 1'],
  ['--name me', "unknown option '--name'"],
])("'%s' is a usage error", async (line, message) => {
  const { code, err } = await workerPool(line)
  expect(code).toBe(2)
  expect(err).toContain(message)
})

test('its help has purpose, examples and exit codes', async () => {
  const { out } = await workerPool('--help')
  expect(out).toContain('Run several worker processes')
  expect(out.match(/^ {2}\$ rq worker-pool /gm)).toHaveLength(3)
  expect(out).toContain('-n, --num-workers <n>')
})
