import { afterAll, beforeAll, expect, test } from 'vitest'
import { rq } from '../../cli/commands/index.ts'
import { runProgram } from '../../cli/program.ts'
import { fakeHost } from '../cli/kit.ts'
import { run } from '../cli/running.ts'
import { TestCluster } from '../kit/cluster.ts'
import { harness } from '../kit/harness.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.start({ masters: 3, replicas: 0 })
})
afterAll(() => cluster.stop())

const h = harness({ url: () => cluster.url })

/** Runs `rq` with these words against the cluster. */
async function cli(...words: string[]) {
  const host = fakeHost({ env: { RQ_REDIS_URL: cluster.url, RQ_PREFIX: h.prefix, LANG: 'C.UTF-8' } })
  const code = await runProgram(rq, words, host)
  return { code, out: host.stdout.text, err: host.stderr.text }
}

test('rq looks at queues on several nodes, and enqueues, waits and requeues there', async () => {
  const names = ['a', 'b', 'c']
  const worker = h.worker(names, { name: 'w1' })
  const running = worker.run()
  const done = await cli('enqueue', '--queue', 'a', '--wait', './tasks#add', '1', '2')
  expect(done).toMatchObject({ code: 0, out: '12\n' })
  const failed = await h.queue('b').enqueue('./tasks#fail')
  await expect(failed.result).rejects.toThrow('as told')
  await h.queue('c').enqueueIn('1h', './tasks#nothing')
  const info = await cli('info', '--raw')
  expect(info.out).toMatch(/^queue a .*\nqueue b .* 1 failed\nqueue c .*\nworker w1 /)
  expect((await cli('jobs', '--queue', 'c', '--state', 'scheduled')).out).toContain('tasks.nothing')
  expect((await cli('failed', 'ls')).out).toContain('as told')
  expect((await cli('requeue', '--queue', 'b', '--all')).code).toBe(0)
  const doctor = await cli('doctor', '--json')
  expect(JSON.parse(doctor.out).data.filter(({ level }: { level: string }) => level === 'problem')).toEqual(
    [],
  )
  expect(doctor.out).toContain('a cluster')
  await worker.stop()
  await running
})

test('rqworker serves a cluster that REDIS_URL names, and ends at a signal', async () => {
  const q = h.queue('a')
  const job = await q.enqueue('./tasks#addLater', 1, 2)
  const args = ['a', 'b', '--prefix', h.prefix, '--path', 'test/fixtures']
  const worker = run('cli/rqworker.ts', args, { REDIS_URL: cluster.url })
  expect(await job.result).toBe(3)
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({ code: 0 })
})

test('a script that enqueues and awaits ends by itself', async () => {
  const worker = h.worker('q')
  const running = worker.run()
  const script = run('test/fixtures/scripts/await-result.ts', [], {
    REDIS_URL: cluster.url,
    PREFIX: h.prefix,
  })
  const { code, out, err } = await script.ended
  expect({ code, out, err }).toEqual({ code: 0, out: 'enqueued\nresult 3\n', err: '' })
  await worker.stop()
  await running
})
