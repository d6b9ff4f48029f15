import { beforeEach, expect, test, vi } from 'vitest'
import * as lib from '../../../cli/lib.ts'
import { add } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'

// Spied on only where the library's own function is not there yet.
vi.mock('../../../cli/lib.ts', { spy: true })
beforeEach(() => {
  vi.clearAllMocks()
})

async function twoQueues() {
  const p = place()
  for (const id of ['a', 'b', 'c']) await p.queue('high').with({ id }).enqueue(add, 1, 2)
  await p.queue('low').with({ id: 'd' }).enqueue(add, 1, 2)
  return p
}

test('empty removes what waits, and says so in the words of RQ', async () => {
  const p = await twoQueues()
  expect(await p.rq(['empty', 'high', '--dry-run'])).toMatchObject({
    code: 0,
    out: '3 jobs would be removed from high queue\n',
  })
  expect(await p.rq(['empty', 'high', '--yes'])).toMatchObject({
    code: 0,
    out: '3 jobs removed from high queue\n',
  })
  expect(await p.queue('high').count()).toBe(0)
  expect(await p.queue('low').count()).toBe(1)
  expect(await p.rq(['empty', '-a', '-y'])).toMatchObject({
    code: 0,
    out: '0 jobs removed from high queue\n1 jobs removed from low queue\n',
  })
  expect(await p.rq(['empty'])).toMatchObject({ code: 0, out: 'Nothing to do\n' })
  expect((await p.rq(['empty', '--all', '--yes', '--json'])).json).toEqual({
    schema: 'rq.empty/1',
    data: [
      { queue: 'high', removed: 0 },
      { queue: 'low', removed: 0 },
    ],
    warnings: [],
  })
})

test('empty refuses where nobody can answer', async () => {
  const p = await twoQueues()
  const { code, err } = await p.rq(['queue', 'empty', 'high'])
  expect(code).toBe(6)
  expect(err).toContain('To go on, run: rq queue empty high --yes')
  expect(await p.queue('high').count()).toBe(3)
})

test('ls counts the jobs of each state', async () => {
  const p = await twoQueues()
  await p.drain('low')
  const { out } = await p.rq(['queue', 'ls'])
  expect(out).toMatch(
    /^queue +queued +started .* workers\nhigh +3 +0 .* \d+s +0\nlow +0 +0 +0 +0 +1 +0 +0\n$/,
  )
  expect((await p.rq(['queue', 'ls', '--json'])).json).toMatchObject({
    schema: 'rq.queue.ls/1',
    data: [
      { name: 'high', counts: { queued: 3 } },
      { name: 'low', counts: { finished: 1 } },
    ],
  })
})

test('rm deletes a queue with all its jobs', async () => {
  const p = await twoQueues()
  expect((await p.rq(['queue', 'rm', 'high'])).code).toBe(6)
  expect(await p.rq(['queue', 'rm', 'high', '--yes'])).toMatchObject({
    code: 0,
    out: 'high deleted, with 3 jobs\n',
  })
  const { code, err } = await p.rq(['queue', 'rm', 'high', '--yes'])
  expect(code).toBe(4)
  expect(err).toContain("there is no queue 'high'")
})

test('pause and resume name queues that are there', async () => {
  const p = await twoQueues()
  vi.mocked(lib.pauseQueue).mockResolvedValue()
  vi.mocked(lib.resumeQueue).mockResolvedValue()
  expect((await p.rq(['queue', 'pause', 'high', 'low', '--for', '10m'])).out).toBe(
    '✓ high paused for 10m\n✓ low paused for 10m\n',
  )
  expect(vi.mocked(lib.pauseQueue).mock.calls.map(([, queue, duration]) => [queue, duration])).toEqual([
    ['high', '10m'],
    ['low', '10m'],
  ])
  expect((await p.rq(['queue', 'resume', 'high'])).out).toBe('✓ high resumed\n')
  const { code, err } = await p.rq(['queue', 'pause', 'hihg'])
  expect(code).toBe(4)
  expect(err).toContain("Did you mean 'high'?")
})

test('suspend and resume say what they did', async () => {
  const p = place()
  vi.mocked(lib.suspendAll).mockResolvedValue()
  vi.mocked(lib.resumeAll).mockResolvedValue()
  expect((await p.rq(['suspend', '--duration', '600'])).out).toMatch(/^Suspending workers for 600 seconds\./)
  expect(vi.mocked(lib.suspendAll).mock.calls[0]?.[1]).toBe('600')
  expect((await p.rq(['suspend', '--json'])).json.data).toEqual({ suspended: true, forMs: null })
  expect((await p.rq(['resume'])).out).toBe('Resuming workers.\n')
})

test('tail prints events of the states asked for, until it is stopped', async () => {
  const p = await twoQueues()
  const at = new Date(2026, 10, 20, 10, 14, 9).getTime()
  vi.mocked(lib.watchQueue).mockImplementation(async (_, queue, onEvent) => {
    onEvent({ queue, id: 'x', status: 'failed', at })
    onEvent({ queue, id: 'y', status: 'finished', at })
  })
  expect((await p.rq(['tail', '--queue', 'low'])).out).toBe(
    '10:14:09 low: failed    x\n10:14:09 low: finished  y\n',
  )
  expect((await p.rq(['tail', '--queue', 'low', '--state', 'failed', '--json'])).json).toEqual({
    schema: 'rq.tail/1',
    data: { queue: 'low', id: 'x', status: 'failed', at },
  })
})
