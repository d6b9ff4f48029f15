import { expect, test } from 'vitest'
import { place } from '../kit-rq.ts'

const TASKS = './test/fixtures/tasks'

test('[D58] workoff runs what waits in all queues, and tells how many that were', async () => {
  const { queue, rq } = place()
  const good = await queue('a').enqueue(`${TASKS}#add`, 1, 2)
  await queue('b').enqueue(`${TASKS}#fail`)
  const { code, out } = await rq(['workoff', '--isolation', 'none'])
  expect(code).toBe(0)
  expect(out).toMatch(/2 jobs processed at \d+\.\d{4} j\/s, 1 failed\n.*No more jobs available\. Exiting\n$/)
  expect(await good.result).toBe(3)
})

test('[D63] clear deletes what waits in all queues', async () => {
  const { queue, rq } = place()
  for (const name of ['a', 'b']) await queue(name).enqueue(`${TASKS}#add`, 1, 2)
  const parent = await queue('a').with({ in: '1h' }).enqueue(`${TASKS}#add`, 1, 2)
  await queue('a').with({ dependsOn: parent }).enqueue(`${TASKS}#add`, 1, 2)
  expect((await rq(['clear'])).code).toBe(6)
  expect((await rq(['clear', 'a', '--dry-run'])).out).toBe('3 jobs would be removed from a queue\n')
  expect(await rq(['clear', '--yes'])).toMatchObject({
    code: 0,
    out: '3 jobs removed from a queue\n1 jobs removed from b queue\n',
  })
  expect(await queue('a').jobIds('scheduled')).toEqual([])
})

test('[D67] check --max-age exits with 5 where a job has waited for longer', async () => {
  const { queue, rq } = place()
  await queue('a').enqueue(`${TASKS}#add`, 1, 2)
  expect((await rq(['check', '--max-age', '300'])).code).toBe(0)
  await expect.poll(async () => (await rq(['check', '--max-age', '1ms'])).code).toBe(5)
})

test("[P15] status tells php-resque's number, and --watch until the job has ended", async () => {
  const here = place()
  const { queue, rq } = here
  const { id } = await queue('a').enqueue(`${TASKS}#add`, 1, 2)
  expect((await rq(['status', id])).out).toBe(`Status of ${id} is: 1 (queued)\n`)
  const watching = rq(['status', id, '--watch', '--interval', '10ms'])
  await here.drain('a')
  const { out } = await watching
  expect(out).toMatch(new RegExp(`^Tracking status of ${id}\\. Press \\[break\\] to stop\\.\n`))
  expect(out).toMatch(new RegExp(`Status of ${id} is: 4 \\(finished\\)\n$`))
  expect((await rq(['status', id, '--json'])).json.data).toEqual({ id, status: 'finished', number: 4 })
  const failing = await queue('a').enqueue(`${TASKS}#fail`)
  await here.drain('a')
  expect((await rq(['status', failing.id])).out).toBe(`Status of ${failing.id} is: 3 (failed)\n`)
  expect((await rq(['status', 'nowhere'])).code).toBe(4)
})

test('[R81] workers lists who is there', async () => {
  const { worker, rq } = place()
  expect((await rq(['workers'])).out).toBe('no workers\n')
  const one = worker(['a', 'b'], { name: 'w1' })
  const running = one.run()
  await expect.poll(async () => (await rq(['workers', '--json'])).json.data.length).toBe(1)
  expect((await rq(['workers'])).out).toMatch(/w1 +idle .* a, b/)
  await one.stop()
  await running
})

test('[R46] ps tells what each worker does, wherever it runs', async () => {
  const { queue, worker, rq } = place()
  expect((await rq(['ps'])).out).toBe('no workers\n')
  const one = worker(['a', 'b'], { name: 'w1' })
  const running = one.run()
  const lines = async () => (await rq(['ps'])).out.split('\n').slice(1)
  await expect.poll(lines).toContainEqual(expect.stringMatching(/^\S+ +\d+ +w1 +Waiting for a,b$/))
  const job = await queue('a').enqueue(`${TASKS}#untilAborted`)
  await expect
    .poll(lines)
    .toContainEqual(
      expect.stringMatching(new RegExp(`w1 +\\ds +Processing a \\[.*untilAborted\\] ${job.id}$`)),
    )
  expect((await rq(['status', job.id])).out).toBe(`Status of ${job.id} is: 2 (started)\n`)
  expect((await rq(['ps', '--json'])).json).toMatchObject({
    schema: 'rq.ps/1',
    data: [{ name: 'w1', pid: process.pid, state: 'busy', jobs: [{ id: job.id, queue: 'a' }] }],
  })
  await job.stop()
  one.pause()
  await expect.poll(lines).toContainEqual(expect.stringMatching(/w1 +Paused$/))
  await one.stop()
  await running
})

test('[R46] kill-stale stops what has run for too long, and nothing else', async () => {
  const { queue, worker, rq } = place()
  const job = await queue('a').enqueue(`${TASKS}#untilAborted`)
  const one = worker(['a'])
  const running = one.run()
  await expect.poll(async () => (await job.refresh()).status).toBe('started')
  expect((await rq(['kill-stale', '--older-than', '1h'])).code).toBe(0)
  expect((await job.refresh()).status).toBe('started')
  await expect
    .poll(async () => {
      await rq(['kill-stale', '--older-than', '1ms'])
      return (await job.refresh()).status
    })
    .toBe('stopped')
  expect((await rq(['kill-stale'])).code).toBe(2)
  await one.stop()
  await running
})

test('[R46] kill-stale stops both of two jobs that have one id in two queues', async () => {
  const { queue, worker, rq } = place()
  const names = ['a', 'b']
  const jobs = await Promise.all(
    names.map((name) => queue(name).with({ id: 'same' }).enqueue(`${TASKS}#untilAborted`)),
  )
  const statuses = () => Promise.all(jobs.map(async (job) => (await job.refresh()).status))
  const workers = names.map((name) => worker([name]))
  const running = workers.map((each) => each.run())
  await expect.poll(statuses).toEqual(['started', 'started'])
  await expect.poll(async () => (await rq(['kill-stale', '--older-than', '1ms'])).code).toBe(0)
  await expect.poll(statuses).toEqual(['stopped', 'stopped'])
  await Promise.all(workers.map((each) => each.stop()))
  await Promise.all(running)
})
