import { describe, expect, test } from 'vitest'
import { enqueueByName, findJobs, readJob, retryEdited, runBulk } from '../../../lib/dashboard/data/index.ts'
import { type DashboardOptions, dashboard } from '../../../lib/dashboard/index.ts'
import { openStore } from '../../../lib/queue/open-store.ts'
import { codec, other } from '../../fixtures/codec.ts'
import { harness, REDIS_URL } from '../../kit/harness.ts'
import { asking } from '../kit.ts'

const h = harness()
const ann = { who: 'ann', via: 'dashboard' } as const
const WORD = 'nobody-may-read-this'

/** The store of those who know the codec. */
async function withStore<T>(work: (store: ReturnType<typeof openStore>['store']) => Promise<T>): Promise<T> {
  const { store, release } = openStore({ connection: REDIS_URL, prefix: h.prefix, codec })
  try {
    return await work(store)
  } finally {
    await release()
  }
}

async function page(id: string, options: DashboardOptions): Promise<string> {
  const app = dashboard({ connection: REDIS_URL, prefix: h.prefix, production: false, ...options })
  const { text } = await asking(app)(`/jobs/${id}?queue=q`)
  await app.close()
  return text
}

/** A job that ran, encoded. */
async function ran() {
  const job = await h.queue('q', { codec }).enqueue('./tasks#echo', { word: WORD })
  await h.drain('q', { codec: './codec#codec' })
  return job
}

describe('a job whose payloads went through a codec', () => {
  test('is shown decoded, with its call, by a dashboard that knows it', async () => {
    const { id } = await ran()
    const text = await page(id, { codec })
    expect(text.split(WORD).length).toBeGreaterThan(3)
    expect(text).not.toContain('(encoded)')
    const detail = await withStore((store) => readJob(store, id, 'q'))
    expect(detail?.payloads.args).toMatchObject({ text: JSON.stringify([{ word: WORD }]), isCut: false })
    expect(detail?.payloads.result).toMatchObject({ text: JSON.stringify({ word: WORD }) })
  })

  test.each([
    ['none', {}, 'Encoded by a codec that this dashboard was not given.'],
    ['another one', { codec: other }, 'Encoded, and the codec of this dashboard cannot decode it.'],
  ])(
    'is said to be encoded by a dashboard that knows %s, and nothing of it is shown',
    async (_, options, said) => {
      const { id } = await ran()
      const [raw = ''] = await h.redis.hmget(`${h.prefix}:{q}:job:${id}`, 'args')
      expect(raw).toMatch(/^C;/)
      const text = await page(id, options)
      expect(text).toContain(said)
      expect(text).not.toContain(raw!.slice(2, 30))
    },
  )

  test('runs again with the same arguments where it is duplicated, and with new ones where it is edited', async () => {
    const { id } = await ran()
    const ref = `${id}@q`
    await withStore(async (store) => {
      await runBulk(store, { action: 'duplicate', selection: { refs: [ref] } }, ann)
      await retryEdited(store, ref, { argsJson: '["edited"]' }, ann)
      await enqueueByName(store, 'q', './tasks#echo', '["typed"]', ann)
      const { rows } = await findJobs(store, { state: 'queued' })
      expect(rows.map(({ preview }) => preview)).toEqual(Array(3).fill('tasks.echo(encoded)'))
    })
    await h.drain('q', { codec: './codec#codec' })
    const results = await withStore(async (store) => {
      const { rows } = await findJobs(store, { state: 'finished' }, { order: 'oldest' })
      const details = await Promise.all(rows.map((row) => readJob(store, row.id, 'q')))
      return details.map((detail) => detail!.payloads.result!.text).sort()
    })
    expect(results).toEqual(['"edited"', '"typed"', ...Array(2).fill(JSON.stringify({ word: WORD }))].sort())
  })
})
