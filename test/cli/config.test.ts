import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type CreateWorker, workerCommand } from '../../cli/commands/worker.ts'
import { readSettings } from '../../cli/config/settings.ts'
import { runProgram } from '../../cli/program.ts'
import { checkConfig } from '../../lib/config/config.ts'
import { fakeHost, undirected } from './kit.ts'

/** A project with these files; the working directory is a folder below its root. */
function project(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'rq-config-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'src', 'deep'), { recursive: true })
  for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    writeFileSync(join(root, name), text)
  }
  return root
}

function settings(cwd: string, flags: object = {}, env: Record<string, string> = {}) {
  return readSettings(flags, fakeHost({ cwd, env }))
}

describe('the config file', () => {
  test.each([
    ['rq.config.json', '{"url":"redis://h:1/2","prefix":"p"}'],
    ['rq.config.mjs', 'export default { url: "redis://h:1/2", prefix: "p" }'],
    ['rq.config.js', 'export default async () => ({ url: "redis://h:1/2", prefix: "p" })'],
    [
      'rq.config.ts',
      'const prefix: string = "p"\nexport const REDIS_URL = "redis://h:1/2"\nexport { prefix }',
    ],
  ])('%s is found from a folder below', async (name, text) => {
    const root = project({ [name]: text })
    expect(await settings(join(root, 'src/deep'))).toMatchObject({
      connection: 'redis://h:1/2',
      prefix: 'p',
      sources: { connection: join(root, name), config: join(root, name) },
    })
  })

  test('is not looked for above the root of the project', async () => {
    const root = project({ 'rq.config.json': '{"prefix":"outer"}', 'src/package.json': '{}' })
    expect((await settings(join(root, 'src/deep'))).prefix).toBeUndefined()
  })

  test.each([
    [{ ulr: 'redis://h' }, "unknown option 'ulr'. Did you mean 'url'?"],
    [{ REDIS_URI: 'redis://h' }, "Did you mean 'REDIS_URL'?"],
    [{ concurency: 2 }, "Did you mean 'concurrency'?"],
    [{ logger: {} }, "unknown option 'logger'"],
    [{ url: 'redis://h', host: 'h' }, 'expected one way to name the server, got url and host'],
    [{ url: 'redis://h', REDIS_URL: 'redis://i' }, "'REDIS_URL' sets url a second time"],
    [{ port: 'x' }, 'port: expected a whole number'],
    [{ sentinel: { instances: [] } }, 'sentinel.instances: expected a list'],
    [{ sentinel: { instances: ['h:1'], mastername: 'm' } }, "Did you mean 'sentinel.masterName'?"],
    [{ queues: 3 }, 'queues: expected a list of names'],
    [[], 'expected an object of settings, got a list'],
  ])('%j is refused with what is wrong', (raw, message) => {
    expect(() => checkConfig(raw, 'rq.config.json')).toThrow(message)
  })

  test('takes the parts of an address, TLS, and sentinels, in our names and in those of RQ', () => {
    const tls = { rejectUnauthorized: false }
    expect(
      checkConfig({ host: 'h', port: 1, db: 2, username: 'u', password: 'p', tls }, '').connection,
    ).toEqual({
      host: 'h',
      port: 1,
      db: 2,
      username: 'u',
      password: 'p',
      tls,
    })
    expect(checkConfig({ REDIS_HOST: 'h', REDIS_PORT: '1', REDIS_SSL: true }, '').connection).toEqual({
      host: 'h',
      port: 1,
      tls: {},
    })
    const expected = { sentinels: [{ host: 'a', port: 1 }], name: 'm', db: 3 }
    expect(checkConfig({ sentinel: { instances: ['a:1'], masterName: 'm', db: 3 } }, '').connection).toEqual(
      expected,
    )
    expect(
      checkConfig({ SENTINEL: { INSTANCES: [['a', 1]], MASTER_NAME: 'm', DB: 3 } }, '').connection,
    ).toEqual(expected)
  })

  test('that fails to load is a usage error with the reason', async () => {
    const root = project({ 'rq.config.mjs': 'throw new Error("no such secret")' })
    await expect(settings(root)).rejects.toThrow(/loading .*rq\.config\.mjs failed: no such secret/)
    await expect(settings(root, { config: 'other.json' })).rejects.toThrow('there is none at')
  })
})

describe('precedence', () => {
  const files = { 'rq.config.json': '{"url":"redis://file"}', 'named.json': '{"url":"redis://named"}' }
  const both = { RQ_REDIS_URL: 'redis://rq', REDIS_URL: 'redis://plain' }

  test.each<[string, object, Record<string, string>, string, string]>([
    ['a flag is the strongest', { url: 'redis://flag', config: 'named.json' }, both, 'redis://flag', '--url'],
    ['then RQ_REDIS_URL', { config: 'named.json' }, both, 'redis://rq', 'RQ_REDIS_URL'],
    [
      'then a named file',
      { config: 'named.json' },
      { REDIS_URL: 'redis://plain' },
      'redis://named',
      'named.json',
    ],
    [
      'also by RQ_CONFIG',
      {},
      { RQ_CONFIG: 'named.json', REDIS_URL: 'redis://plain' },
      'redis://named',
      'named.json',
    ],
    ['then REDIS_URL', {}, { REDIS_URL: 'redis://plain', REDIS_HOST: 'h' }, 'redis://plain', 'REDIS_URL'],
    ['then a file that was found', {}, { REDIS_HOST: 'h' }, 'redis://file', 'rq.config.json'],
  ])('%s [rq 124]', async (_, flags, env, url, from) => {
    const { connection, sources } = await settings(project(files), flags, env)
    expect(connection).toBe(url)
    expect(sources.connection).toContain(from)
  })

  test('REDIS_HOST and its like come last, ahead of the default', async () => {
    const root = project({})
    expect((await settings(root, {}, { REDIS_HOST: 'h', REDIS_DB: '3' })).connection).toEqual({
      host: 'h',
      db: 3,
    })
    expect((await settings(root)).connection).toBeUndefined()
    expect((await settings(root)).sources).toEqual({
      connection: 'default',
      prefix: 'default',
      config: 'none',
    })
  })
})

test('a worker takes its options from the config file, flags being stronger [rq 124]', async () => {
  const cwd = project({
    'rq.config.json':
      '{"url":"redis://file","queues":["high","low"],"name":"w","concurrency":4,"shutdownTimeout":"5s"}',
  })
  const made: unknown[] = []
  const createWorker: CreateWorker = (queues, { logger: _, ...options }) => {
    made.push({ queues, options })
    return { run: async () => {}, stop: async () => {}, stopNow: async () => {}, ...undirected }
  }
  const rqworker = workerCommand('rqworker', createWorker)
  expect(await runProgram(rqworker, ['-c', '8'], fakeHost({ cwd }))).toBe(0)
  expect(await runProgram(rqworker, ['mail', '--config', join(cwd, 'rq.config.json')], fakeHost())).toBe(0)
  expect(await runProgram(rqworker, [], fakeHost({ cwd, env: { QUEUES: 'env' } }))).toBe(0)
  const options = { connection: 'redis://file', name: 'w', concurrency: 4, shutdownTimeout: '5s' }
  expect(made).toEqual([
    { queues: ['high', 'low'], options: { ...options, concurrency: 8 } },
    { queues: ['mail'], options },
    { queues: ['env'], options },
  ])
})
