import { expect, test } from 'vitest'
import { add, fail } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'

/** Three jobs that failed for one reason, one for another, and one that finished. */
async function failures() {
  const p = place()
  const low = p.queue('low')
  for (const n of [1, 2, 3]) await low.with({ id: `row${n}` }).enqueue(fail, `no row ${n}`)
  await p.queue('mail').with({ id: 'smtp' }).enqueue(fail, "no answer from 'h'")
  await low.with({ id: 'good' }).enqueue(add, 1, 2)
  await p.drain('low', 'mail')
  const { json } = await p.rq(['failed', 'groups', '--json'])
  return { ...p, json, low, rows: json.data[0].fingerprint as string }
}

test('groups put errors together that differ only in numbers and texts', async () => {
  const p = await failures()
  expect(p.json).toMatchObject({
    schema: 'rq.failed.groups/1',
    warnings: [],
    data: [
      { error: 'RangeError', message: 'no row <n>', count: 3, queues: ['low'], functions: ['tasks.fail'] },
      { error: 'RangeError', message: 'no answer from <text>', count: 1, queues: ['mail'] },
    ],
  })
  const { out } = await p.rq(['failed', 'groups', '--queue', 'low'])
  expect(out).toMatch(
    /^fingerprint +jobs .*\n[0-9a-f]{8} +3 .* low +tasks\.fail +RangeError: no row <n>\n3 failed jobs, 1 error\n$/,
  )
})

test('ls lists those of a fingerprint, a name or a text', async () => {
  const p = await failures()
  const ids = async (...flags: string[]) => {
    const { json } = await p.rq(['failed', 'ls', '--json', ...flags])
    return json.data.map(({ id }: { id: string }) => id).sort()
  }
  expect(await ids()).toEqual(['row1', 'row2', 'row3', 'smtp'])
  expect(await ids('--error', p.rows)).toEqual(['row1', 'row2', 'row3'])
  expect(await ids('--error', 'no answer')).toEqual(['smtp'])
  expect(await ids('--error', 'TypeError')).toEqual([])
  expect((await p.rq(['failed', 'ls', '--limit', '2'])).out).toMatch(/\n2 of 4\n$/)
})

test('retry queues a group again, and only that', async () => {
  const p = await failures()
  expect((await p.rq(['failed', 'retry', '--error', p.rows, '--dry-run'])).out).toBe(
    '3 jobs would be requeued\n',
  )
  expect((await p.rq(['failed', 'retry', '--error', p.rows, '--yes'])).out).toBe('✓ 3 requeued\n')
  expect((await p.low.jobIds('queued')).sort()).toEqual(['row1', 'row2', 'row3'])
  expect((await p.rq(['failed', 'retry', 'smtp', 'row1', '--json'])).json).toMatchObject({
    schema: 'rq.failed.retry/1',
    data: { found: 1, requeued: 1, skipped: [] },
  })
  expect((await p.rq(['failed', 'retry', 'good'])).code).toBe(4)
  expect((await p.rq(['failed', 'retry', '--all'])).out).toBe('✓ 0 requeued\n')
})

test('rm deletes a group, but not without being told so', async () => {
  const p = await failures()
  const refused = await p.rq(['failed', 'rm', '--error', p.rows])
  expect(refused.code).toBe(6)
  expect(refused.err).toContain(`To go on, run: rq failed rm --error ${p.rows} --yes`)
  expect((await p.rq(['failed', 'rm', '--all', '--dry-run'])).out).toBe('4 jobs would be deleted\n')
  expect((await p.rq(['failed', 'rm', '--error', p.rows, '--yes'])).out).toBe('3 jobs deleted\n')
  expect(await p.low.count('failed')).toBe(0)
  expect(await p.queue('mail').count('failed')).toBe(1)
})

test('requeue of one id leaves the others, --all takes all [rq 68]', async () => {
  const p = await failures()
  expect(await p.rq(['requeue', '--queue', 'low', 'row1'])).toMatchObject({
    code: 0,
    out: '✓ row1 requeued\n',
  })
  expect((await p.low.jobIds('failed')).sort()).toEqual(['row2', 'row3'])
  expect(await p.rq(['requeue', '--queue', 'low', '--all'])).toMatchObject({ code: 0, out: '✓ 2 requeued\n' })
  expect(await p.low.jobIds('failed')).toEqual([])
  expect(await p.queue('mail').count('failed')).toBe(1)
})

test('requeue tells of an id that is unknown or has not failed, in a line and without a traceback [rq trap]', async () => {
  const p = await failures()
  const { code, out, err } = await p.rq(['requeue', '--queue', 'low', 'nobody', 'good', 'row1'])
  expect({ code, out }).toEqual({ code: 1, out: '✓ row1 requeued\n' })
  expect(err).toBe(
    '✗ job nobody is not there: queue low has no such job\n✗ job good is finished; expected failed, stopped or canceled\n',
  )
  expect((await p.rq(['requeue', 'nobody', '--json'])).json.data).toEqual([
    { id: 'nobody', ok: false, what: 'job nobody is not there: queue default has no such job' },
  ])
})
