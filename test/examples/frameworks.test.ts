import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../lib/testing/index.ts'
import { run } from '../cli/running.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const NEST = { TSX_TSCONFIG_PATH: 'examples/nest/tsconfig.json' }

let redis: Awaited<ReturnType<typeof startRedis>>
let page = ''
const server = createServer((request, response) => {
  if (request.url === '/held') server.emit('held', response)
  else response.end('four words are here')
})

beforeAll(async () => {
  redis = await startRedis({ quiet: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  page = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.close()
  await redis.stop()
})

const post = (url: string) => fetch(url, { method: 'POST', headers: { connection: 'close' } })
const countAt = (site: string, path: string) => post(`${site}/count?url=${encodeURIComponent(page + path)}`)

/** A worker of another process, as `npx rqworker low`. */
function startWorker(): void {
  const worker = run('dist/cli/rqworker.js', ['low'], { REDIS_URL: redis.url })
  onTestFinished(async () => {
    worker.child.kill('SIGTERM')
    await worker.ended
  })
}

describe.each([
  ['express', {}],
  ['fastify', {}],
  ['hono', {}],
  ['nest', NEST],
])('the example for %s', (name, env) => {
  test('enqueues, awaits, shows the dashboard, and answers what is under way before it ends', async () => {
    if (name !== 'nest') startWorker()
    const app = run(`examples/${name}/app.ts`, [], { REDIS_URL: redis.url, PORT: '0', ...env })
    await app.said('listening on')
    const site = `http://127.0.0.1:${/listening on (\d+)/.exec(app.out())![1]}`
    const counted = await countAt(site, '/')
    expect(await counted.json()).toEqual({ id: expect.any(String), words: 4 })
    const overview = await fetch(`${site}/admin/rq`, { headers: { connection: 'close' } })
    expect([overview.status, await overview.text()]).toEqual([200, expect.stringContaining('low')])

    const held = once(server, 'held')
    const last = countAt(site, '/held')
    const [document] = (await held) as [ServerResponse]
    app.child.kill('SIGTERM')
    await app.said('closing')
    document.end('two words')
    expect(await (await last).json()).toMatchObject({ words: 2 })
    // Nest ends by the signal once it has closed everything.
    expect(await app.ended).toMatchObject({ code: name === 'nest' ? null : 0, err: '' })
  })
})

test('the types of the example for Nest, whose decorators are of another kind, are right', async () => {
  const tsc = promisify(execFile)(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'examples/nest'],
    {
      cwd: ROOT,
    },
  )
  expect(await tsc.then(() => '').catch(({ stdout }) => stdout)).toBe('')
}, 180_000)
