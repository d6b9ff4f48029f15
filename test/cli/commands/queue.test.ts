import { expect, test } from 'vitest'
import { rq } from '../../../cli/commands/index.ts'
import { runProgram } from '../../../cli/program.ts'
import { isSuspended } from '../../../lib/index.ts'
import { add } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'

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
  expect((await p.rq(['queue', 'pause', 'high', 'low', '--for', '10m'])).out).toBe(
    '✓ high paused for 10m\n✓ low paused for 10m\n',
  )
  expect(await Promise.all(['high', 'low'].map((name) => p.queue(name).isPaused()))).toEqual([true, true])
  expect((await p.rq(['queue', 'resume', 'high'])).out).toBe('✓ high resumed\n')
  expect(await Promise.all(['high', 'low'].map((name) => p.queue(name).isPaused()))).toEqual([false, true])
  const { code, err } = await p.rq(['queue', 'pause', 'hihg'])
  expect(code).toBe(4)
  expect(err).toContain("Did you mean 'high'?")
})

test('suspend and resume say what they did', async () => {
  const p = place()
  const here = { connection: p.url, prefix: p.prefix }
  expect((await p.rq(['suspend', '--duration', '600'])).out).toMatch(/^Suspending workers for 600 seconds\./)
  expect(await isSuspended(here)).toBe(true)
  expect((await p.rq(['suspend', '--json'])).json.data).toEqual({ suspended: true, forMs: null })
  expect((await p.rq(['resume'])).out).toBe('Resuming workers.\n')
  expect(await isSuspended(here)).toBe(false)
})

test('tail prints events of the states asked for, until it is stopped', async () => {
  const p = await twoQueues()
  const host = p.host({})
  const tail = runProgram(rq, ['tail', '--queue', 'low', '--state', 'queued', '--json'], host)
  // Enqueued again and again until the first is heard: nobody says when tail listens.
  await expect
    .poll(async () => {
      await p.queue('low').enqueue(add, 1, 2)
      return host.stdout.text
    })
    .toContain('"status":"queued"')
  host.send('SIGINT')
  expect(await tail).toBe(0)
  const [first] = host.stdout.text.split('\n')
  expect(JSON.parse(first!)).toMatchObject({ schema: 'rq.tail/1', data: { queue: 'low', status: 'queued' } })
})

test('move takes what waits, or single jobs, to another queue', async () => {
  const p = await twoQueues()
  expect(await p.rq(['queue', 'move', 'high', '--to', 'low'])).toMatchObject({
    code: 0,
    out: '3 jobs moved from high to low\n',
  })
  expect(await p.queue('low').jobIds()).toEqual(['d', 'a', 'b', 'c'])
  expect((await p.rq(['job', 'move', 'b', '--to', 'high'])).out).toBe('✓ b moved\n')
  expect(await p.queue('high').jobIds()).toEqual(['b'])
  expect((await p.rq(['job', 'move', 'b'])).code).toBe(2)
  expect((await p.rq(['queue', 'move', 'nowhere', '--to', 'low'])).code).toBe(4)
})
