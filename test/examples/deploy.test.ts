import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { rq } from '../../cli/commands/index.ts'
import { workerCommand } from '../../cli/commands/worker.ts'
import { describeTree } from '../../cli/describe.ts'
import { allOptions } from '../../cli/globals.ts'
import { toMs } from '../../lib/core/duration.ts'
import { findServer } from '../../lib/testing/redis/find.ts'

const FOLDER = new URL('../../examples/deploy/', import.meta.url).pathname
const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8')
const WORKER_FLAGS = allOptions(workerCommand('rqworker'))
  .flatMap(({ options }) => options)
  .flatMap(({ flags }) => flags.match(/--[\w-]+/g) ?? [])

/** What a file says behind `rqworker.js`. */
function workerWords(text: string): string[] {
  const line = text.slice(text.indexOf('rqworker.js') + 'rqworker.js'.length).split(/\n\n|\n {10}env/)[0]!
  return line.split(/[\s",[\]']+/).filter((word) => word !== '' && word !== '-' && word !== 'args:')
}

test.each([
  'rqworker@.service',
  'Dockerfile',
  'kubernetes.yaml',
  'ecosystem.config.cjs',
  '../../docs/cookbook.md',
])('%s names flags that there are, and a stop that fits what it allows', (file) => {
  const words = workerWords(read(file))
  const flags = words.filter((word) => word.startsWith('--'))
  expect(flags.length).toBeGreaterThan(0)
  for (const flag of flags) expect(WORKER_FLAGS).toContain(flag)
  const stopMs = toMs(words[words.indexOf('--shutdown-timeout') + 1]!, 'shutdown timeout')
  const allowed =
    /(?:TimeoutStopSec=|docker stop -t |--stop-timeout |terminationGracePeriodSeconds: )(\d+)|kill_timeout: (\d+)_000/.exec(
      read(file),
    )!
  expect(Number(allowed[1] ?? allowed[2]) * 1000).toBeGreaterThan(stopMs + 500)
})

test.each([
  ['compose.yaml', ['services', 'worker', 'stop_grace_period'], '40s'],
  ['kubernetes.yaml', ['spec', 'template', 'spec', 'terminationGracePeriodSeconds'], 40],
])('%s is YAML', (file, path, value) => {
  const documents = parseAllDocuments(read(file))
  expect(documents.flatMap(({ errors }) => errors)).toEqual([])
  expect(documents[0]!.getIn(path)).toBe(value)
})

test('the alarm of kubernetes.yaml is a command that there is, with flags that it has', async () => {
  const [, cronJob] = parseAllDocuments(read('kubernetes.yaml'))
  const { jobTemplate } = cronJob!.toJS().spec
  const [node, bin, name, ...rest] = jobTemplate.spec.template.spec.containers[0].command as string[]
  expect([node, bin]).toEqual(['node', 'node_modules/funq/dist/cli/rq.js'])
  const command = (await describeTree(rq, ['rq'])).find(({ command }) => command === `rq ${name}`)!
  // What a flag is called besides stands in its words.
  const known = command.groups.flatMap(({ options }) => options).map(({ flags, what }) => `${flags} ${what}`)
  const given = rest.filter((word) => word.startsWith('--'))
  expect(given).not.toEqual([])
  for (const flag of given) expect(known.join('\n')).toMatch(new RegExp(`${flag}\\b`))
})

test('the probes of kubernetes.yaml ask for what a worker answers', () => {
  const asked = [...read('kubernetes.yaml').matchAll(/httpGet: \{ path: (\S+), port: (\d+) \}/g)]
  expect(asked.map(([, path]) => path).sort()).toEqual(['/healthz', '/readyz'])
  for (const [, , port] of asked) expect(read('kubernetes.yaml')).toContain(`- "${port}"`)
})

test('the pm2 file is one', () => {
  const { apps } = createRequire(import.meta.url)(join(FOLDER, 'ecosystem.config.cjs'))
  expect(apps).toMatchObject([{ name: 'rqworker', instances: 2, exec_mode: 'fork' }])
})

const hasSystemd = (() => {
  try {
    execFileSync('systemd-analyze', ['--version'])
    return true
  } catch {
    return false
  }
})()

test.runIf(hasSystemd)('systemd takes the unit', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rq-unit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  // Where it would be installed there are these.
  const text = read('rqworker@.service')
    .replace('/usr/bin/node', process.execPath)
    .replace('WorkingDirectory=/srv/app', `WorkingDirectory=${folder}`)
    .replace(' redis-server.service', '')
  writeFileSync(join(folder, 'rqworker@.service'), text)
  const verify = promisify(execFile)('systemd-analyze', ['verify', join(folder, 'rqworker@.service')])
  const { stderr } = await verify.catch((error) => error)
  const ours = (stderr as string).split('\n').filter((line) => line.includes('rqworker@'))
  expect(ours).toEqual([])
})

test('[S5] Redis starts with redis.conf, and keeps its jobs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rq-conf-'))
  const text = read('redis.conf')
    .replaceAll('./db/redis/', folder)
    .replace('./log/redis.log', join(folder, 'redis.log'))
  writeFileSync(join(folder, 'redis.conf'), text)
  const { binary } = await findServer()
  const socket = join(folder, 's')
  const child = spawn(binary.path, [join(folder, 'redis.conf'), '--port', '0', '--unixsocket', socket], {
    env: { ...process.env, ...binary.env },
  })
  const redis = new Redis(socket, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  onTestFinished(() => {
    redis.disconnect()
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  redis.on('error', () => {})
  expect(await redis.info('persistence')).toContain('aof_enabled:1')
  expect(await redis.info('memory')).toContain('maxmemory_policy:noeviction')
})
