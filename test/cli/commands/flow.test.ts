import { expect, test } from 'vitest'
import { Group } from '../../../lib/index.ts'
import { add, fail } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'

test('shows who waits for whom, from any job of the flow', async () => {
  const p = place()
  const q = p.queue()
  const load = await q.with({ id: 'load' }).enqueue(add, 1, 2)
  const bad = await q.with({ id: 'bad', dependsOn: load }).enqueue(fail, 'x')
  await q.with({ id: 'publish', dependsOn: [load, bad] }).enqueue(add, 3, 4)
  await p.drain('default')
  for (const id of ['load', 'bad', 'publish']) {
    const { code, out } = await p.rq(['flow', 'show', id])
    expect(code).toBe(0)
    const [head, ...rows] = out.trimEnd().split('\n')
    expect(head).toMatch(/^job +state +ran +id +queue +waits for$/)
    expect(rows[0]).toMatch(/^tasks\.add\(1, 2\) +finished +[\d.]+ s.* load +default/)
    expect(rows[1]).toMatch(/^ {2}tasks\.fail\('x'\) +failed +[\d.]+ s.* bad +default/)
    expect(rows[2]).toMatch(/^ {4}tasks\.add\(3, 4\) +deferred +publish +default +bad$/)
    expect(rows.at(-1)).toMatch(/^3 jobs/)
  }
  const { json } = await p.rq(['flow', 'show', 'publish', '--json'])
  expect(json.schema).toBe('rq.flow.show/1')
  expect(json.data.nodes.map(({ id }: { id: string }) => id)).toEqual(['load', 'bad', 'publish'])
})

test('shows a group, and says what is not there', async () => {
  const p = place()
  const group = await Group.create({ id: 'import', connection: p.url, prefix: p.prefix })
  await p.queue().with({ id: 'one', group }).enqueue(add, 1, 2)
  expect((await p.rq(['flow', 'show', 'import', '--group'])).out).toContain('1 job, 0 of 1 ended')
  const missing = await p.rq(['flow', 'show', 'import'])
  expect([missing.code, missing.err]).toEqual([4, expect.stringContaining('A group is shown by --group.')])
  expect((await p.rq(['flow', 'show'])).code).toBe(2)
})
