import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { harness } from '../kit/harness.ts'
import { sdk } from './kit.ts'

const h = harness()
const start = sdk()

test('work-horses that import it tell of what they run', async () => {
  const otel = start()
  const folder = mkdtempSync(join(tmpdir(), 'funq-spans-'))
  const file = join(folder, 'spans')
  process.env.FUNQ_TEST_SPANS = file
  onTestFinished(() => {
    delete process.env.FUNQ_TEST_SPANS
    rmSync(folder, { recursive: true })
  })
  const job = await h.queue().enqueue('./tasks#add', 1, 2)
  await h.drain('q', { isolation: 'process', imports: ['./telemetry.ts'] })
  const spans = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(spans).toEqual([
    {
      name: 'process q',
      links: [otel.one('send q').spanContext().spanId],
      attributes: expect.objectContaining({ 'messaging.message.id': job.id, 'rq.job.outcome': 'success' }),
      pid: expect.any(Number),
    },
  ])
  expect(spans[0].pid).not.toBe(process.pid)
})
