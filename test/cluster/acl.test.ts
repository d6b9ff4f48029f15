import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rq } from '../../cli/commands/index.ts'
import { EXIT } from '../../cli/exit-codes.ts'
import { runProgram } from '../../cli/program.ts'
import { Queue, Worker } from '../../lib/index.ts'
import { fakeHost } from '../cli/kit.ts'
import { TestCluster } from '../kit/cluster.ts'
import { FIXTURES } from '../kit/harness.ts'

/** The rules as docs/security.md has them, and what it says that they need besides on a Cluster. */
const DOC = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')
const RULES = [...DOC.matchAll(/```acl\nuser (\w+) (.*)\n```/g)]
const BESIDES = /On a Redis Cluster\*\* each of these users needs `([^`]+)`/.exec(DOC)![1]!

let cluster: TestCluster
const url = (user: string) => cluster.url.replace('//', `//${user}:PASSWORD@`)

beforeAll(async () => {
  cluster = await TestCluster.start({ masters: 3, replicas: 0 })
  for (const { admin } of cluster.nodes)
    for (const [, user = '', rules = ''] of RULES)
      await admin.call('ACL', 'SETUSER', user, ...rules.split(' '), ...BESIDES.split(' '))
})
afterAll(() => cluster.stop())

test('a producer, a worker and a viewer with the rules of the page do what they are there for', async () => {
  const worker = new Worker(['a', 'b', 'c'], {
    connection: url('worker'),
    paths: [FIXTURES],
    isolation: 'none',
  })
  const running = worker.run()
  const queues = ['a', 'b', 'c'].map((name) => new Queue(name, { connection: url('producer') }))
  const jobs = await Promise.all(queues.map((q, n) => q.enqueue('./tasks#add', n, 1)))
  expect(await Promise.all(jobs.map((job) => job.result))).toEqual([1, 2, 3])
  for (const words of [['info'], ['jobs', '--state', 'finished'], ['job', 'show', jobs[0]!.id]]) {
    const host = fakeHost({ env: { RQ_REDIS_URL: url('viewer') } })
    expect([await runProgram(rq, words, host), host.stderr.text]).toEqual([EXIT.done, ''])
  }
  await worker.stop()
  await running
  for (const q of queues) await q.close()
})
