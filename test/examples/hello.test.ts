import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../lib/testing/index.ts'
import { run } from '../cli/running.ts'

test('hello enqueues a function, and prints what a worker in another process has counted', async () => {
  const redis = await startRedis({ quiet: true })
  onTestFinished(() => redis.stop())
  const server = createServer((_, response) => response.end('seven words stand in this little document'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

  const worker = run('dist/cli/rqworker.js', ['low', 'default'], { REDIS_URL: redis.url })
  const app = await run('examples/hello/app.ts', [url], { REDIS_URL: redis.url }).ended
  expect(app).toMatchObject({ code: 0, err: '' })
  expect(app.out).toMatch(/^[\w-]{36} is queued\n7 words at http/)

  worker.child.kill('SIGTERM')
  const { code, out } = await worker.ended
  expect(code).toBe(0)
  expect(out).toContain(`low: tasks.countWords('${url}') (`)
  expect(out).toMatch(/low: Job OK \([\w-]{36}\) in \d\.\d{3}s, result = 7\n/)
})
