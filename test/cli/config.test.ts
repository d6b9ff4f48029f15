import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type CreateWorker, workerCommand } from '../../cli/commands/worker.ts'
import { readSettings } from '../../cli/config/settings.ts'
import { runProgram } from '../../cli/program.ts'
import { checkConfig } from '../../lib/config/config.ts'
import { loadConfig } from '../../lib/config/load.ts'
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
    const tlsOf = (sentinel: object) =>
      checkConfig({ sentinel: { instances: ['a:1'], ...sentinel } }, '').connection
    expect(tlsOf({ tls })).toMatchObject({ tls, sentinelTLS: tls })
    expect(tlsOf({ tls: true, sentinelTls: false })).not.toHaveProperty('sentinelTLS')
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

describe('[R67] [D64] blocks for environments', () => {
  const file = `export default {
    host: 'h', port: 1, concurrency: 2, queues: ['a'],
    env: { production: { url: 'redis://prod:1/0', concurrency: 20 }, development: { prefix: 'dev' } },
  }`

  test.each([
    ['NODE_ENV', {}, { NODE_ENV: 'production' }, 'redis://prod:1/0', 20, undefined],
    [
      'RQ_ENV before it',
      {},
      { NODE_ENV: 'production', RQ_ENV: 'development' },
      { host: 'h', port: 1 },
      2,
      'dev',
    ],
    [
      '--profile before all',
      { profile: 'production' },
      { RQ_ENV: 'development' },
      'redis://prod:1/0',
      20,
      undefined,
    ],
    ['development without any', {}, {}, { host: 'h', port: 1 }, 2, 'dev'],
    ['none where NODE_ENV names another', {}, { NODE_ENV: 'test' }, { host: 'h', port: 1 }, 2, undefined],
  ])('%s', async (_, flags, env, connection, concurrency, prefix) => {
    const found = await settings(project({ 'rq.config.mjs': file }), flags, env as Record<string, string>)
    expect(found).toMatchObject({ connection, queues: ['a'], worker: { concurrency } })
    expect(found.prefix).toBe(prefix)
  })

  test('one that was asked for must be there', async () => {
    const root = project({ 'rq.config.mjs': file })
    await expect(settings(root, { profile: 'prodution' })).rejects.toThrow(
      "expected a block for the environment 'prodution', got production, development. Did you mean 'production'?",
    )
  })

  const resque = `
development: localhost:6379
test: localhost:6380
staging: redis1.se.github.com:6379
fi: localhost:6381
production: redis1.ae.github.com:6379
`

  test.each([
    ['production', 'redis1.ae.github.com:6379'],
    ['test', 'localhost:6380'],
    ['fi', 'localhost:6381'],
  ])("[R67] Resque's file has an address for each: %s", async (name, address) => {
    const root = project({ 'resque.yml': resque })
    for (const env of [{ NODE_ENV: name }, { RQ_ENV: name }])
      expect((await settings(root, { config: 'resque.yml' }, env)).connection).toBe(address)
    expect((await settings(root, { config: 'resque.yml', profile: name })).connection).toBe(address)
  })

  test.each([
    ['fi: { concurrency: 3 }', 'fi', 3],
    ['production: { prefix: p }\nfi: { concurrency: 3 }', 'test', 7],
  ])('one of another name: %s', async (block, name, concurrency) => {
    const root = project({ 'rq.config.yml': `concurrency: 7\n${block}` })
    expect((await settings(root, {}, { NODE_ENV: name })).worker.concurrency).toBe(concurrency)
  })

  test.each([
    ['production: h:1\nulr: redis://h:2', "unknown option 'ulr'. Did you mean 'url'?"],
    ['production: h:1\nconcurency: 2', "unknown option 'concurency'. Did you mean 'concurrency'?"],
    ['fi: h:1', "unknown option 'fi'"],
  ])('what is no environment is refused: %s', async (text, message) => {
    await expect(settings(project({ 'rq.config.yml': text }))).rejects.toThrow(message)
  })
})

test("[S9] [S10] Sidekiq's file is read as it is, by -C too", async () => {
  const yml = `
:concurrency: 5
:timeout: 8
:queues:
  - critical
  - [default, 2]
production:
  :concurrency: 20
`
  const root = project({ 'sidekiq.yml': yml })
  const file = join(root, 'sidekiq.yml')
  expect(await settings(root, { config: file }, { NODE_ENV: 'production' })).toMatchObject({
    queues: ['critical', 'default:2'],
    worker: { concurrency: 20, shutdownTimeout: 8 },
  })
  const made: unknown[] = []
  const createWorker: CreateWorker = (queues, { concurrency }) => {
    made.push([queues, concurrency])
    return { run: async () => {}, stop: async () => {}, stopNow: async () => {}, ...undirected }
  }
  await runProgram(workerCommand('rqworker', createWorker), ['-C', file], fakeHost({ cwd: root }))
  expect(made).toEqual([[['critical', 'default:2'], 5]])
})

test('[S9] what only Sidekiq knows is left out with a warning; ERB and capsules are told what to be', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warned.mockRestore())
  const sidekiq = (yml: string) => {
    const root = project({ 'sidekiq.yml': yml })
    return settings(root, { config: join(root, 'sidekiq.yml') })
  }
  const found = await sidekiq(':verbose: false\n:max_retries: 3\n:concurrency: 5 # <%= or so %>\n')
  expect(found.worker).toEqual({ concurrency: 5 })
  expect(warned.mock.calls.map(([text]) => String(text).replace(/^.*: (?=\w+ is)/, ''))).toEqual([
    'verbose is left out: see --verbose',
    'max_retries is left out: see the retry of each job',
  ])
  await expect(sidekiq(':concurrency: <%= ENV["C"] %>\n')).rejects.toThrow('expected YAML, got ERB (<% … %>)')
  await expect(sidekiq(':capsules:\n  one: {}\n')).rejects.toThrow('capsules: expected pools')
})

test.each(['rq.config.yml', 'rq.config.yaml'])('%s is found', async (name) => {
  const root = project({ [name]: 'prefix: p\npools:\n  - queues: [mail, [high, 3]]\n    count: 2\n' })
  expect(await settings(root)).toMatchObject({
    prefix: 'p',
    pools: [{ queues: ['mail', 'high:3'], count: 2 }],
  })
})

test.each([
  [{ pools: [] }, 'pools: expected a list of pools'],
  [{ pools: [{ queues: 'a', cuont: 2 }] }, "pools[0]: unknown option 'cuont'. Did you mean 'count'?"],
  [{ pools: [{ count: 2 }] }, 'pools[0].queues: expected a list of names'],
  [{ count: 0 }, 'count: expected a whole number of at least 1, got 0'],
  [{ env: [] }, 'env: expected an object such as { production: { … } }'],
])('%o is refused', (raw, message) => {
  expect(() => checkConfig(raw, 'f')).toThrow(message)
})

test('[R68] loadConfig() gives an application what the workers go by', async () => {
  const root = project({ 'rq.config.json': '{"url":"redis://h:1/2","prefix":"p","queues":"a,b"}' })
  expect(await loadConfig({ cwd: root, env: {} })).toMatchObject({
    connection: 'redis://h:1/2',
    prefix: 'p',
    queues: ['a', 'b'],
    file: join(root, 'rq.config.json'),
  })
  expect(await loadConfig({ cwd: project({}), env: {} })).toMatchObject({
    connection: undefined,
    queues: [],
    file: undefined,
  })
})

test.each([
  [{ REDIS_BACKEND: 'h:1' }, 'h:1'],
  [{ REDIS_BACKEND: 'h:1', REDIS_BACKEND_DB: '3' }, 'h:1:3'],
  [{ REDIS_BACKEND: 'h', REDIS_BACKEND_DB: '3' }, 'h:6379:3'],
  [{ REDIS_BACKEND: 'redis://u:p@h:1/2', REDIS_BACKEND_DB: '3' }, 'redis://u:p@h:1/3'],
  [{ REDIS_BACKEND: 'h:1', REDIS_URL: 'redis://other' }, 'redis://other'],
])('[P37] %o names %s', async (env, connection) => {
  expect((await settings(project({}), {}, env as Record<string, string>)).connection).toBe(connection)
})

test('[P37] PREFIX is a prefix, unless it is a folder', async () => {
  expect((await settings(project({}), {}, { PREFIX: 'shop' })).prefix).toBe('shop')
  expect((await settings(project({}), {}, { PREFIX: '/usr/local' })).prefix).toBeUndefined()
})
