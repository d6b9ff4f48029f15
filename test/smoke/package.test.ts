import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { REDIS_URL } from '../kit/harness.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** The package as a new user gets it: packed, installed into an empty folder, used by the README's own lines. */
let folder: string
let server: Server
let url: string
const env = { ...process.env, REDIS_URL: `${REDIS_URL}/9`, npm_config_loglevel: 'error' }

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'funq-smoke-'))
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('['))) as [{ filename: string }]
  // The README's own words: what npm init writes is CommonJS.
  for (const words of [
    ['init', '-y'],
    ['pkg', 'set', 'type=module'],
  ])
    execFileSync('npm', words, { cwd: folder, env, stdio: 'pipe' })
  const tsx = JSON.parse(readFileSync(join(ROOT, 'node_modules/tsx/package.json'), 'utf8')).version
  execFileSync(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`, `tsx@${tsx}`],
    { cwd: folder, env, stdio: 'pipe' },
  )
  server = createServer((_, response) => response.end('four words are here'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}, 180_000)

afterAll(() => {
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** The README's code block that begins with this comment. */
function snippet(name: string): string {
  const found = new RegExp(`\`\`\`ts\\n(// ${name}[\\s\\S]*?)\`\`\``).exec(README)?.[1]
  if (!found) throw new Error(`the README has no block that begins with '// ${name}'`)
  return found
}

async function output(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = ''
  child.stdout?.on('data', (chunk) => (text += chunk))
  child.stderr?.on('data', (chunk) => (text += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, text }
}

test("the README's eight lines work, with TypeScript tasks and npx rqworker", async () => {
  writeFileSync(join(folder, 'tasks.ts'), snippet('tasks.ts'))
  writeFileSync(join(folder, 'app.ts'), snippet('app.ts').replaceAll('https://example.com', url))
  const worker = spawn('npx', ['rqworker', 'low', 'default'], {
    cwd: folder,
    env,
    stdio: 'pipe',
    detached: true,
  })
  const log = output(worker)
  try {
    const app = await output(spawn('npx', ['tsx', 'app.ts'], { cwd: folder, env, stdio: 'pipe' }))
    expect(app).toEqual({ code: 0, text: '4\n' })
  } finally {
    process.kill(-worker.pid!, 'SIGTERM')
  }
  const { text } = await log
  expect(text).toMatch(/^\d\d:\d\d:\d\d RQ worker started, version \d/)
  expect(text).toContain('*** Listening on low, default...')
  expect(text).toContain(`low: tasks.countWords('${url}') (`)
  expect(text).toMatch(/low: Job OK \([\w-]{36}\) in \d+\.\d{3}s, result = 4/)
})

test('without tsx Node runs TypeScript tasks itself, or the job says what is needed', async () => {
  const bare = mkdtempSync(join(tmpdir(), 'funq-bare-'))
  try {
    mkdirSync(join(bare, 'node_modules'))
    symlinkSync(join(folder, 'node_modules/funq'), join(bare, 'node_modules/funq'))
    writeFileSync(join(bare, 'package.json'), JSON.stringify({ type: 'module' }))
    writeFileSync(join(bare, 'tasks.ts'), 'export const add = (a: number, b: number): number => a + b\n')
    const run = async (...words: string[]) =>
      output(
        spawn(process.execPath, [`node_modules/funq/dist/cli/${words[0]}.js`, ...words.slice(1)], {
          cwd: bare,
          env,
        }),
      )
    await run('rq', 'enqueue', './tasks#add', ':1', ':2', '-q', 'bare', '--job-id', 'bare')
    await run('rqworker', 'bare', '--burst')
    const { code, text } = await run('rq', 'job', 'wait', 'bare', '--wait-timeout', '5s')
    const strips = 'typescript' in process.features && process.features.typescript
    if (strips) expect([code, text]).toEqual([0, '3\n'])
    else expect([code, text]).toEqual([1, expect.stringContaining('Install tsx in the project')])
    await run('rq', 'queue', 'rm', 'bare', '--yes')
  } finally {
    rmSync(bare, { recursive: true, force: true })
  }
})

test('rq, rqinfo and rqworker run as they are installed', async () => {
  // Not synchronously: the job asks the server in this process.
  const run = async (...words: string[]) => {
    const child = spawn('npx', ['--no-install', ...words], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { code, text } = await output(child)
    expect({ words, code }).toEqual({ words, code: 0 })
    return text
  }
  expect(await run('rq', 'version')).toMatch(/^\d+\.\d+\.\d+\n$/)
  const enqueued = await run(
    'rq',
    'enqueue',
    './tasks#countWords',
    url,
    '-q',
    'installed',
    '--job-id',
    'installed',
  )
  expect(enqueued).toBe(`Enqueued tasks.countWords('${url}') with job-id 'installed'.\n`)
  await run('rqworker', 'installed', '--burst')
  expect(await run('rq', 'job', 'wait', 'installed', '--wait-timeout', '5s')).toBe('4\n')
  expect(await run('rqinfo', '--raw', '-Q', 'installed')).toBe(
    'queue installed 0, 0 executing, 1 finished, 0 failed\n',
  )
  await run('rq', 'worker-pool', '-n', '2', '--burst', 'installed')
  expect(await run('rq', 'queue', 'rm', 'installed', '--yes')).toBe('installed deleted, with 1 job\n')
  expect(await run('rq', 'cron', 'ls')).toBe('no cron entries\n')
})

test('[R7] it says which Node it needs, and this one is no older', () => {
  const { engines } = JSON.parse(readFileSync(join(folder, 'node_modules/funq/package.json'), 'utf8'))
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node)!.map(Number) as [number, number, number]
  const [thisMajor, thisMinor] = process.versions.node.split('.').map(Number) as [number, number]
  expect(thisMajor > major || (thisMajor === major && thisMinor >= minor)).toBe(true)
})

test('[S6] the dashboard of the installed package needs nothing more', async () => {
  const child = spawn(process.execPath, ['node_modules/funq/dist/cli/rq.js', 'dashboard', '-p', '0'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  for await (const chunk of child.stderr) {
    text += chunk
    if (/http:\S+\//.test(text)) break
  }
  const page = await fetch(/http:\S+\//.exec(text)![0])
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<!doctype html>')])
  child.kill()
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('what is built imports nothing that is not built', () => {
  const dist = join(ROOT, 'dist')
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  )
  // The compiler leaves paths as they are in functions that hold an `await using`.
  const source = /(?:from|import)\s*\(?\s*['"]\.[^'"]*\.ts['"]/
  const written = ['cli/generate/job.js'] // What it writes is TypeScript.
  const wrong = files.filter((file) => source.test(readFileSync(join(dist, file), 'utf8')))
  expect(wrong).toEqual(written)
})

test('it loads by import and by require, its testing helpers apart', () => {
  const run = (code: string, ...flags: string[]) =>
    execFileSync(process.execPath, [...flags, '-e', code], { cwd: folder, env, encoding: 'utf8' }).trim()
  const list = 'console.log(typeof f.Queue, typeof f.Worker, typeof f.job, f.startRedis)'
  expect(run(`import('funq').then((f) => ${list})`)).toBe('function function function undefined')
  expect(run(`const f = require('funq'); ${list}`, '--no-warnings')).toBe(
    'function function function undefined',
  )
  expect(run(`import('funq/testing').then((f) => console.log(typeof f.startRedis))`)).toBe('function')
})

test('the producer alone loads no worker, no command line and no dashboard', () => {
  const hooks = `
    import { writeSync } from 'node:fs'
    export async function load(url, context, next) {
      writeSync(2, url + '\\n')
      return next(url, context)
    }`
  writeFileSync(join(folder, 'hooks.mjs'), hooks)
  const loadedBy = (module: string) => {
    const code = `
      const { register } = await import('node:module')
      register('./hooks.mjs', 'file://${folder}/')
      const { Queue } = await import('${module}')
      new Queue('q')`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    return child.stderr.split('\n').filter((url) => url.startsWith('file:'))
  }
  const own = (urls: string[]) => urls.filter((url) => url.includes('/funq/dist/'))
  const producer = own(loadedBy('funq/producer'))
  expect(
    producer.filter((url) => !/lib\/(producer(-modules)?\.js|(core|memory|queue|redis|run)\/)/.test(url)),
  ).toEqual([])
  // One for all the others, and what rq's own start shares with it.
  expect(producer.some((url) => url.endsWith('/lib/producer-modules.js'))).toBe(true)
  expect(producer.length).toBeLessThan(15)
  const map = readFileSync(join(ROOT, 'dist/lib/producer-modules.js.map'), 'utf8')
  const floors = (JSON.parse(map).sources as string[]).map((path) => /lib\/(\w+)(\/|\.ts$)/.exec(path)?.[1])
  expect([...new Set(floors)].sort()).toEqual([
    'bundle',
    'core',
    'memory',
    'producer',
    'queue',
    'redis',
    'run',
  ])
  expect(own(loadedBy('funq')).some((url) => url.includes('/lib/worker/'))).toBe(true)
})

test('the producer loads no client of Redis before a queue is made, and is imported sooner than the client alone', () => {
  const msOf = (module: string) => {
    const code = `const began = performance.now(); await import('${module}'); console.log(performance.now() - began)`
    const words = ['--input-type=module', '-e', code]
    return Number(execFileSync(process.execPath, words, { cwd: folder, env, encoding: 'utf8' }))
  }
  // In turns, so that a busy machine is as busy for both.
  const times = Array.from({ length: 9 }, () => ({
    client: msOf('ioredis'),
    producer: msOf('funq/producer'),
  }))
  const median = (of: 'client' | 'producer') => times.map((time) => time[of]).sort((a, b) => a - b)[4]!
  // It takes two thirds of the client's time; with the client in it, or in files of its own, it took twice that.
  expect(median('producer') / median('client')).toBeLessThan(1.3)
  const loaded = `
    const { Queue } = await import('funq/producer')
    const { createRequire } = await import('node:module')
    const { cache } = createRequire(import.meta.url)
    const hasClient = () => Object.keys(cache).some((path) => path.includes('/ioredis/built/'))
    const before = hasClient()
    new Queue('q')
    console.log(before, hasClient())`
  expect(
    execFileSync(process.execPath, ['--input-type=module', '-e', loaded], {
      cwd: folder,
      env,
      encoding: 'utf8',
    }),
  ).toBe('false true\n')
})

test('classes and functions keep their names where modules are put together', () => {
  const code = `import('funq').then((f) => console.log(JSON.stringify(
    Object.entries(f).filter(([name, it]) => typeof it === 'function' && it.name !== name).map(([name]) => name))))`
  const renamed = execFileSync(process.execPath, ['-e', code], { cwd: folder, env, encoding: 'utf8' })
  // step is run with a method beside it.
  expect(JSON.parse(renamed)).toEqual(['step'])
})

test('a bundle for Node enqueues, one for browsers is refused', async () => {
  const program = `
    import { Queue } from 'funq'
    const q = new Queue('bundled')
    const job = await q.with({ id: 'bundled' }).enqueue('./tasks#countWords', '${url}')
    console.log(job.id, await q.count())
    await q.delete()`
  writeFileSync(join(folder, 'producer.js'), program)
  const options = {
    absWorkingDir: folder,
    entryPoints: ['producer.js'] as string[],
    bundle: true,
    format: 'esm' as const,
  }
  // What ioredis requires of Node stays outside, and needs a require() in an ES module.
  const banner = {
    js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url)",
  }
  const outfile = join(folder, 'bundle', 'bundle.mjs')
  await build({ ...options, platform: 'node', banner, outfile })
  const bundled = await output(spawn(process.execPath, [outfile], { cwd: tmpdir(), env, stdio: 'pipe' }))
  expect(bundled).toEqual({ code: 0, text: 'bundled 1\n' })
  const { outputFiles } = await build({ ...options, platform: 'browser', write: false })
  expect(outputFiles[0]!.text).toContain('funq talks to Redis over TCP and runs in Node only')
  expect(outputFiles[0]!.text.length).toBeLessThan(5_000)
  expect(() =>
    execFileSync(process.execPath, ['--conditions=browser', '-e', "require('funq')"], {
      cwd: folder,
      stdio: 'pipe',
    }),
  ).toThrow('runs in Node only')
})

test('the package holds what it should and nothing else', () => {
  const listing = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const [{ files }] = JSON.parse(listing.slice(listing.indexOf('['))) as [{ files: { path: string }[] }]
  const paths = files.map(({ path }) => path)
  const places = paths.map((path) =>
    path.replace(/^(dist\/(lib\/\w+|cli)|docs)\/.*$/, '$1').replace(/(\.d)?\.c?[jt]s(\.map)?$/, ''),
  )
  expect([...new Set(places)].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'README.zh-CN.md',
    'dist/cli',
    'dist/lib/alerts',
    'dist/lib/browser',
    'dist/lib/config',
    'dist/lib/core',
    'dist/lib/dashboard',
    'dist/lib/frameworks',
    'dist/lib/index',
    'dist/lib/memory',
    'dist/lib/metrics',
    'dist/lib/opentelemetry',
    'dist/lib/producer',
    'dist/lib/producer-modules',
    'dist/lib/queue',
    'dist/lib/redis',
    'dist/lib/run',
    'dist/lib/testing',
    'dist/lib/worker',
    'docs',
    'package.json',
  ])
  const pages = [...README.matchAll(/\]\((docs\/[^)#]+)/g)].map(([, page]) => page!)
  expect(pages.length).toBeGreaterThan(20)
  expect(paths).toEqual(expect.arrayContaining(pages))
  // The pictures of the dashboard alone would be a quarter of it.
  expect(paths.filter((path) => path.endsWith('.png'))).toEqual([])
  // Each source file as a module with its types and its source map, and nothing that is not made of one.
  const built = paths.filter((path) => path.startsWith('dist/'))
  expect(built.filter((path) => !/\.(c?js|d\.c?ts|c?js\.map)$/.test(path))).toEqual([])
  // What lib/bundle.ts writes is made of many.
  const sources = new Set(
    built
      .filter((path) => !path.startsWith('dist/lib/producer-modules.'))
      .map((path) => path.replace(/(\.d\.c?ts|\.c?js(\.map)?)$/, '').replace('dist/', '')),
  )
  const orphans = [...sources].filter(
    (path) => !['ts', 'tsx', 'cts'].some((end) => existsSync(join(ROOT, `${path}.${end}`))),
  )
  expect(orphans).toEqual([])
})
