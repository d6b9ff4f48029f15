import { describe, expect, test } from 'vitest'
import type { DashboardEvent } from '../../lib/dashboard/index.ts'
import { made } from './kit.ts'

describe('actions', () => {
  test.each([
    [
      '/jobs/job-5/retry',
      { queue: 'mail' },
      'bulk {"action":"retry","selection":{"refs":["job-5@mail"]}} anonymous',
    ],
    [
      '/jobs/job-5/cancel',
      { queue: 'mail' },
      'bulk {"action":"cancel","selection":{"refs":["job-5@mail"]}} anonymous',
    ],
    ['/jobs/job-5/move', { queue: 'mail', target: 'low' }, '"queue":"low"} anonymous'],
    ['/jobs/job-5/reschedule', { queue: 'mail', at: '2026-05-01 12:00' }, '"dueAt":1777636800000} anonymous'],
    ['/jobs/job-5/edit', { queue: 'mail', args: '[1]' }, 'edit job-5@mail {"argsJson":"[1]"}'],
    ['/queues/mail/pause', { reason: 'down', for: '10m' }, 'pause mail {"forMs":600000,"reason":"down"}'],
    ['/queues/mail/resume', {}, 'resume mail'],
    ['/queues/mail/enqueue', { func: './tasks#send', args: '[1,"x"]' }, 'enqueue mail ./tasks#send [1,"x"]'],
    ['/queues/mail/empty', { typed: 'mail' }, 'empty mail'],
    ['/queues/mail/delete', { typed: 'mail' }, 'delete mail'],
    ['/workers/w/quiet', {}, 'worker w quiet'],
    ['/workers/w/kill', {}, 'worker w kill'],
    ['/schedule/nightly/run', {}, 'cron run nightly'],
    ['/failures/3f2a9c10/snooze', { for: '4h' }, 'snooze 3f2a9c10 14400000'],
    ['/failures/3f2a9c12/wake', {}, 'wake 3f2a9c12'],
    ['/schedule/nightly/pause', {}, 'cron pause nightly'],
    [
      '/schedule/nightly/edit',
      { cron: '0 4 * * *', timezone: 'Europe/Berlin', every: '', endAt: '2027-01-01', times: '3' },
      'cron edit nightly {"cron":"0 4 * * *","timezone":"Europe/Berlin","times":3,"endAt":1798761600000}',
    ],
    ['/schedule/nightly/edit', { every: '10m' }, 'cron edit nightly {"every":"10m"}'],
    ['/schedule/nightly/remove', {}, 'cron remove nightly'],
  ] as const)('POST %s %o', async (path, form, call) => {
    const events: DashboardEvent[] = []
    const { ask, data } = made({ onAction: (event) => events.push(event) })
    const { status } = await ask(path, { form })
    expect(status).toBe(303)
    expect(data.calls.join('\n')).toContain(call)
    expect(events).toHaveLength(1)
    expect(events[0]!.user.name).toBe('anonymous')
  })

  test.each([
    ['/queues/mail/empty', { typed: 'mial' }, 409],
    ['/queues/mail/delete', {}, 409],
    ['/jobs/job-5/edit', { queue: 'mail', args: '{"a":1}' }, 400],
    ['/jobs/job-5/edit', { queue: 'mail', args: '[1' }, 400],
    ['/jobs/job-5/move', { queue: 'mail' }, 400],
    ['/jobs/job-5/explode', { queue: 'mail' }, 404],
    ['/queues/mail/explode', {}, 404],
    ['/queues/none/pause', {}, 404],
    ['/jobs/job-5/move', { queue: 'mail', target: 'none' }, 404],
    ['/bulk', { action: 'move', ref: 'a@mail', target: 'none', confirmed: '1' }, 404],
    ['/workers/w/explode', {}, 404],
    ['/schedule/none/run', {}, 404],
    ['/failures/00000000/snooze', { for: '4h' }, 404],
    ['/failures/3f2a9c10/snooze', { for: 'long' }, 400],
    ['/failures/3f2a9c10/explode', {}, 404],
    ['/schedule/nightly/explode', {}, 404],
    ['/schedule/nightly/edit', { cron: '0 4 * * *', endAt: 'soon' }, 400],
    ['/queues/mail/pause', { for: '0' }, 400],
    ['/bulk', { action: 'explode', ref: 'a@b' }, 400],
    ['/bulk', { action: 'retry' }, 400],
    ['/bulk', { action: 'retry', ref: 'no-queue' }, 400],
  ] as const)('POST %s %o is refused', async (path, form, expected) => {
    const { ask, data } = made()
    expect((await ask(path, { form })).status).toBe(expected)
    expect(data.calls).toEqual([])
  })

  test('[S6] what was ticked is asked once more, then done', async () => {
    const { ask, data } = made()
    const ticked: [string, string][] = [
      ['action', 'delete'],
      ['ref', 'a@q'],
      ['ref', 'b@q'],
    ]
    const asked = await ask('/bulk', { form: ticked })
    expect(asked.status).toBe(200)
    expect(asked.text).toContain('Delete 2 jobs?')
    expect(data.calls).toEqual([])
    const done = await ask('/bulk', { form: [...ticked, ['confirmed', '1']] })
    expect(done.status).toBe(303)
    expect(data.calls).toEqual(['bulk {"action":"delete","selection":{"refs":["a@q","b@q"]}} anonymous'])
    const page = await ask(
      new URL(done.headers.get('location')!, 'http://x/bulk').href.slice('http://x'.length),
    )
    expect(page.text).toContain('Delete is done')
    expect(page.text).toContain('1 job changed')
  })

  test.each([
    ['en', 'cancel', 'Cancel 1 job', 'Back'],
    ['en', 'front', 'Move 1 job to the front', 'Back'],
    ['zh', 'cancel', '取消 1 个任务', '返回'],
  ])(
    '(%s) what confirms %s says what it does, and the way back something else',
    async (language, action, does, back) => {
      const { ask } = made()
      const { text } = await ask('/bulk', {
        form: { action, ref: 'a@q' },
        headers: { 'accept-language': language },
      })
      expect(text).toMatch(new RegExp(`<p>${does}[?？]</p>`))
      expect(text).toContain(`<button type="submit" class="primary danger">${does}</button>`)
      expect(text).toMatch(new RegExp(`<a class="button" href="[^"]*">${back}</a>`))
    },
  )

  test('[S6] of a filter as many are changed as were seen, else it asks again', async () => {
    const { ask, data } = made()
    const filter = { action: 'retry', all: '1', filter: '{"state":"failed"}', at: '5' }
    const stale = await ask('/bulk', { form: { ...filter, seen: '12', confirmed: '1' } })
    expect(stale.status).toBe(200)
    expect(stale.text).toContain('You saw 12 jobs, by now 15 match. Confirm again.')
    expect(data.calls).toEqual([])
    expect(stale.text).toContain('name="seen" value="15"')
    const done = await ask('/bulk', { form: { ...filter, seen: '15', confirmed: '1' } })
    expect(done.status).toBe(303)
    expect(data.calls).toEqual([
      'bulk {"action":"retry","selection":{"filter":{"state":"failed"},"at":5,"seen":15}} anonymous',
    ])
  })

  test('[S6] of a filter with conditions nobody says how many match before they are counted', async () => {
    const { ask, data } = made()
    const bulkOf = (text: string) => text.slice(text.indexOf('<form id="bulk"'))
    const plain = (await ask('/jobs?state=failed')).text
    expect(bulkOf(plain)).toContain('all 81,234 matching')
    expect(plain).toContain('data-live="pager"><span>81,234 jobs</span>')
    expect((await ask('/jobs?state=failed&fn=send')).text).toContain('Looked at 9 of 81,234')
    const list = bulkOf((await ask('/jobs?state=failed&fn=send')).text)
    expect(list).toContain('all that match')
    expect(list).not.toMatch(/81,234|name="seen"/)
    const filter = { action: 'retry', all: '1', filter: '{"state":"failed","fn":"send"}', at: '5' }
    const asked = await ask('/bulk', { form: filter })
    expect(asked.text).toContain('name="seen" value="15"')
    expect(asked.text).not.toContain('You saw')
    // Fewer by now than were seen.
    expect((await ask('/bulk', { form: { ...filter, seen: '16', confirmed: '1' } })).status).toBe(303)
    expect(data.calls.filter((call) => call.startsWith('bulk'))).toHaveLength(1)
  })

  test('somebody else may not look at an operation', async () => {
    const auth = [
      { user: 'ann', password: 'correct horse' },
      { user: 'bob', password: 'battery staple' },
    ]
    const { ask } = made({ auth })
    const as = (n: number) => ({
      authorization: `Basic ${Buffer.from(`${auth[n]!.user}:${auth[n]!.password}`).toString('base64')}`,
    })
    const done = await ask('/bulk', { form: { action: 'retry', ref: 'a@q', confirmed: '1' }, headers: as(0) })
    const place = new URL(done.headers.get('location')!, 'http://x/bulk').pathname
    expect((await ask(place, { headers: as(0) })).status).toBe(200)
    expect((await ask(place, { headers: as(1) })).status).toBe(404)
  })

  test('the API does the same', async () => {
    const { ask, data } = made()
    expect((await ask('/api/v1/queues/mail/pause', { json: { reason: 'down' } })).status).toBe(200)
    const bulk = await ask('/api/v1/bulk', { json: { action: 'retry', refs: ['a@q'] } })
    expect(bulk.json.data.state).toBe('done')
    expect((await ask('/api/v1/queues/mail/delete', { json: { confirm: 'other' } })).status).toBe(409)
    const edited = await ask('/api/v1/jobs/a/edit', { json: { queue: 'q', args: [1] } })
    expect(edited.json.data.id).toBe('new-id')
    expect(data.calls).toEqual([
      'pause mail {"reason":"down"}',
      'bulk {"action":"retry","selection":{"refs":["a@q"]}} anonymous',
      'edit a@q {"argsJson":"[1]"}',
    ])
  })

  test('a body that is too large, or is no form, is refused', async () => {
    const { ask } = made()
    const large = await ask('/preferences', { form: { x: 'x'.repeat(5_000_000) } })
    expect(large.status).toBe(413)
    const headers = { 'content-type': 'text/plain' }
    expect((await ask('/preferences', { form: { theme: 'dark' }, headers })).status).toBe(400)
    expect((await ask('/api/v1/bulk', { json: [] })).status).toBe(400)
  })
})
