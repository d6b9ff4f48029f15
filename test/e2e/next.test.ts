import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Queue } from '../../lib/index.ts'
import { startRedis } from '../../lib/testing/index.ts'
import { browsing } from './kit.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const PASSWORD = 'of the ops'
const SIGNED_IN = { username: 'ops', password: PASSWORD }
const exec = promisify(execFile)
const windows = browsing()

/** The example as its user gets it: in a folder of its own, with funq as it is packed, and built by Next without its environment. */
let folder: string
let redis: Awaited<ReturnType<typeof startRedis>>
const env = {
  ...process.env,
  NEXT_TELEMETRY_DISABLED: '1',
  npm_config_loglevel: 'error',
  NODE_ENV: undefined,
}

beforeAll(async () => {
  redis = await startRedis({ quiet: true })
  folder = mkdtempSync(join(tmpdir(), 'funq-next-'))
  const ours = new Set(['node_modules', '.next'])
  cpSync(join(ROOT, 'examples/next'), folder, {
    recursive: true,
    filter: (path) => !ours.has(path.split('/').at(-1)!),
  })
  const { stdout } = await exec('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    env,
  })
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }]
  const file = join(folder, 'package.json')
  const description = JSON.parse(readFileSync(file, 'utf8'))
  description.dependencies.funq = `file:./${filename}`
  writeFileSync(file, JSON.stringify(description))
  await exec('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder, env })
  await exec('npm', ['run', 'build'], { cwd: folder, env })
}, 300_000)

afterAll(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true })
  await redis?.stop()
})

/** A program of the example's; `text` is what it has said. */
function start(args: readonly string[]): {
  child: ChildProcess
  text: () => string
  ended: Promise<unknown>
} {
  const own = { REDIS_URL: redis.url, DASHBOARD_PASSWORD: PASSWORD }
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...env, ...own }, stdio: 'pipe' })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
  }
  const ended = once(child, 'close').then(([code]) => code)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, text: () => text, ended }
}

/** A port that nothing listens at. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function startSite() {
  const port = await freePort()
  const next = start(['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', String(port)])
  await expect.poll(next.text, { timeout: 20_000 }).toContain('Ready in')
  return { ...next, site: `http://127.0.0.1:${port}` }
}

function startWorker() {
  return start(['node_modules/funq/dist/cli/rqworker.js', 'low'])
}

const count = async (site: string, text: string): Promise<unknown> => {
  const answer = await fetch(`${site}/api/count`, {
    method: 'POST',
    body: text,
    headers: { connection: 'close' },
  })
  return answer.json()
}

test('pages and routes of Next enqueue and await', async () => {
  startWorker()
  const { site } = await startSite()
  expect(await count(site, 'one two three')).toEqual({ id: expect.any(String), words: 3 })
  const { page } = await windows.open(site, { javaScriptEnabled: false })
  await page.getByLabel('Text').fill('four words are here')
  await page.getByRole('button', { name: 'Count' }).click()
  await page.getByText('4 words').waitFor()
})

test('the dashboard below a path of Next has its style, hears of news, and takes changes from its own pages only', async () => {
  const { site } = await startSite()
  const queue = new Queue('low', { connection: redis.url })
  onTestFinished(() => queue.close())
  await queue.enqueue('./tasks#countWords', 'one')
  expect((await fetch(`${site}/admin/rq`)).status).toBe(401)
  const { page } = await windows.open(`${site}/admin/rq`, { httpCredentials: SIGNED_IN })
  await page.getByRole('link', { name: 'Queues', exact: true }).first().click()
  await page.waitForURL(`${site}/admin/rq/queues`)
  expect(await page.evaluate('getComputedStyle(document.querySelector(".panel")).borderTopStyle')).toBe(
    'solid',
  )
  await page.locator('#live[data-state=on]').waitFor()
  await queue.enqueue('./tasks#countWords', 'two')
  await page.locator('tr[data-key=low] td').first().getByText('2', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Pause: low' }).click()
  await page.getByText('The queue is paused.').waitFor()
  expect(await queue.isPaused()).toBe(true)
  const basic = `Basic ${Buffer.from(`ops:${PASSWORD}`).toString('base64')}`
  const resume = (headers: Record<string, string>) =>
    fetch(`${site}/admin/rq/queues/low/resume`, {
      method: 'POST',
      headers: { authorization: basic, ...headers },
      redirect: 'manual',
    })
  expect((await resume({ origin: 'https://evil.example' })).status).toBe(403)
  expect(await queue.isPaused()).toBe(true)
  expect((await resume({ origin: site })).status).toBe(303)
  await queue.empty()
})

test('told to end, Next answers what is under way, though a page of the dashboard is open', async () => {
  const { site, child, ended } = await startSite()
  const { page } = await windows.open(`${site}/admin/rq/queues`, { httpCredentials: SIGNED_IN })
  await page.locator('#live[data-state=on]').waitFor()
  const queue = new Queue('low', { connection: redis.url })
  onTestFinished(() => queue.close())
  const last = count(site, 'two words')
  await expect.poll(() => queue.count()).toBe(1)
  child.kill('SIGTERM')
  await page.locator('#live[data-state=lost]').waitFor()
  const worker = startWorker()
  expect(await last).toMatchObject({ words: 2 })
  // Next's own code for a SIGTERM that it has followed.
  expect(await ended).toBe(143)
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toBe(0)
})
