import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { BulkProgress } from '../../lib/dashboard/data/index.ts'
import { dashboard } from '../../lib/dashboard/index.ts'
import { writeAudit } from '../../lib/redis/audit.ts'
import { storeOf } from '../kit/a-store.ts'
import { harness } from '../kit/harness.ts'
import { asking, made } from './kit.ts'
import { sample } from './sample.ts'

const h = harness()
const s = storeOf(h)

/** Parts of 500 of 1,500 jobs, each of which waits until it is let go, or fails. */
function inParts() {
  const data = sample()
  const asked: (string | undefined)[] = []
  let letGo: (how: 'done' | Error) => void = () => {}
  let begun: () => void
  let next = new Promise<void>((resolve) => {
    begun = resolve
  })
  data.runBulk = async (_, __, ___, cursor): Promise<BulkProgress> => {
    asked.push(cursor)
    const how = new Promise<'done' | Error>((resolve) => {
      letGo = resolve
    })
    begun()
    const answer = await how
    if (answer !== 'done') throw answer
    const done = Number(cursor ?? 0) + 500
    return {
      next: done < 1500 ? String(done) : null,
      done,
      changed: done,
      total: 1500,
      skipped: [],
      skippedCount: 0,
    }
  }
  return {
    data,
    asked,
    end: (how: 'done' | Error = 'done') => letGo(how),
    /** Resolves when another part is under way. */
    async part(): Promise<void> {
      await next
      next = new Promise((resolve) => {
        begun = resolve
      })
    },
  }
}

test('[S6] a bulk action goes on in parts of 500, shows how far it is, and is stopped and gone on with between two', async () => {
  const { data, asked, part, end } = inParts()
  const { ask } = made({}, data)
  const form = { action: 'delete', ref: 'a@q', confirmed: '1' }
  const answer = ask('/bulk', { form })
  await part()
  const place = new URL((await answer).headers.get('location')!, 'http://x/bulk').pathname
  const shown = async () => (await ask(place)).text.replaceAll(/<[^>]+>/g, ' ')
  expect(await shown()).toContain('0 of 0')
  end()
  await part()
  expect(await shown()).toContain('500 of 1,500')

  const stopped = ask(`${place}/stop`, { form: {} })
  await expect.poll(shown).toContain('Delete')
  end()
  expect((await stopped).status).toBe(303)
  expect(await shown()).toContain('1,000 of 1,500')
  expect(asked).toEqual([undefined, '500'])

  const resumed = ask(`${place}/resume`, { form: {} })
  await part()
  end(new Error('OOM command not allowed'))
  await resumed
  expect(await shown()).toContain('1,000 of 1,500')
  const again = ask(`${place}/resume`, { form: {} })
  await part()
  end()
  await again
  expect(await shown()).toContain('1,500 of 1,500')
  expect(asked).toEqual([undefined, '500', '1000', '1000'])
})

test('[S6] the audit log keeps about the last 10,000 entries', async () => {
  const entry = {
    who: 'ann',
    via: 'cli',
    action: 'job:retry',
    subject: '',
    count: 1,
    outcome: 'done',
    note: '',
  } as const
  await Promise.all(Array.from({ length: 11_000 }, () => writeAudit(s.store, entry)))
  const kept = await s.store.connection.attempt((client) => client.xlen(`${h.prefix}:audit`))
  // Redis trims whole nodes of 100.
  expect(kept).toBeGreaterThanOrEqual(10_000)
  expect(kept).toBeLessThanOrEqual(10_200)
  // All of them, where a page of the API has 500 at most.
  const app = dashboard({ connection: h.url, prefix: h.prefix })
  onTestFinished(() => app.close())
  const { status, json } = await asking(app)('/audit.json')
  expect([status, json.data.entries.length, json.data.next]).toEqual([200, kept, null])
})

/** By which data could become code, or objects of a user's classes. */
const WAYS =
  /\bimport\((?!'[^']+'\))|\brequire\(|\beval\(|new Function|'(?:node:vm|superjson|.*\/run\/.*)'|\{[^}]*\bdecode\b[^}]*\} from '[^']*payload.ts'/g

test('[S7] nothing of the dashboard loads a module by a name that is data, or revives more than JSON', () => {
  const folder = new URL('../../lib/dashboard', import.meta.url).pathname
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  )
  expect(files.length).toBeGreaterThan(80)
  const wrong = files.flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    const found = text.match(WAYS)
    return file.endsWith('.gen.ts') ? [] : (found ?? []).map((what) => `${file}: ${what}`)
  })
  expect(wrong).toEqual([])
})
