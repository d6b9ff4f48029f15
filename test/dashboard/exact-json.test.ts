import { describe, expect, test } from 'vitest'
import { Digits, parseExactly, writeExactly } from '../../lib/core/exact-json.ts'
import { dashboard } from '../../lib/dashboard/index.ts'
import { storeOf } from '../kit/a-store.ts'
import { harness } from '../kit/harness.ts'
import { asking, made } from './kit.ts'
import { sample } from './sample.ts'

const h = harness()
const s = storeOf(h)
/** Of each, JavaScript would make another number; the texts hold what looks like one, and is none. */
const LONG = `[12345678901234567890,-9007199254740993,0.12345678901234567891,1e400,{"n":1e-400},"12345678901234567890 \\"1e400\\\\"]`

test('digits that JavaScript would round are written as they were', () => {
  const value = [new Digits('12345678901234567890'), { a: new Digits('-98765432109876543210'), b: '7' }]
  expect(writeExactly(value)).toBe('[12345678901234567890,{"a":-98765432109876543210,"b":"7"}]')
  expect(writeExactly(parseExactly(LONG))).toBe(LONG)
})

test.each(['[1.50,2]', '[15e-1]', '[9007199254740991]', '[100000000000000000000]', '["1e400"]'])(
  'what it would not round stays a number: %s',
  (json) => {
    expect(parseExactly(json)).toEqual(JSON.parse(json))
  },
)

test.each(['[1', '[01]', '["\n"]', '[1e]'])('what is no JSON is none: %s', (json) => {
  expect(() => parseExactly(json)).toThrow(SyntaxError)
})

test('the page of a job shows them as they were written', async () => {
  const { ask } = made({}, sample({ args: LONG }))
  const { text } = await ask('/jobs/job-5?queue=mail.bulk')
  for (const digits of ['12345678901234567890', '-9007199254740993', '0.12345678901234567891', '1e400'])
    expect(text).toContain(`<span class="num">${digits}</span>`)
})

describe('a job that is edited', () => {
  async function edited(send: (ask: ReturnType<typeof asking>, id: string, args: string) => Promise<string>) {
    const id = 'from-elsewhere'
    await s.store.enqueue('q', [{ id, func: './tasks#add', args: LONG, options: {} }])
    const app = dashboard({ connection: h.url, prefix: h.prefix })
    const ask = asking(app)
    const { text } = await ask(`/jobs/${id}/edit?queue=q`)
    const [, form = ''] = /<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec(text) ?? []
    const args = form.replaceAll('&quot;', '"').replace(/&#(\d+);/g, (_, n) => String.fromCharCode(n))
    const made = await send(ask, id, args.replace('-9007199254740993', '-9007199254740995'))
    await app.close()
    const [record] = await s.store.fetch('q', [made])
    return record!.args
  }
  const changed = LONG.replace('-9007199254740993', '-9007199254740995')

  test('by the form loses no digit', async () => {
    const stored = await edited(async (ask, id, args) => {
      const answer = await ask(`/jobs/${id}/edit`, { form: { queue: 'q', args } })
      return /jobs\/([^?]+)/.exec(answer.headers.get('location')!)![1]!
    })
    expect(stored).toBe(changed)
  })

  test('by the API loses none either', async () => {
    const stored = await edited(async (ask, id, args) => {
      const body = `{"queue":"q","args":${args}}`
      const headers = { 'content-type': 'application/json' }
      const answer = await ask(`/api/v1/jobs/${id}/edit`, { method: 'POST', headers, body })
      return answer.json.data.id
    })
    expect(stored).toBe(changed)
  })
})
