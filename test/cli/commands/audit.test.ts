import { expect, test } from 'vitest'
import { act } from '../../../cli/top/actions.ts'
import { Cron, Worker } from '../../../lib/index.ts'
import { Connection } from '../../../lib/redis/connection.ts'
import { RedisStore } from '../../../lib/redis/store.ts'
import { toTarget } from '../../../lib/redis/target.ts'
import { until } from '../../kit/until.ts'
import { add, fail } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'

/** Every entry of the audit log, the oldest first, without when and by whom. */
async function audit(p: ReturnType<typeof place>): Promise<string[]> {
  const { json } = await p.rq(['audit', '--json', '--limit', '1000'])
  expect(json.data.every(({ who, via }: Record<string, string>) => via === 'cli' && who!.includes('@'))).toBe(
    true,
  )
  return json.data
    .map(
      ({ action, subject, count, outcome }: Record<string, unknown>) =>
        `${action} ${subject} ${count} ${outcome}`,
    )
    .reverse()
}

test('what rq changes of jobs stands in the audit log, and what only looks does not', async () => {
  const p = place()
  const queue = p.queue()
  for (const id of ['a', 'b', 'c']) await queue.with({ id }).enqueue(add, 1, 2)
  for (const id of ['x', 'y']) await queue.with({ id }).enqueue(fail, 'bad')
  await p.rq(['job', 'cancel', 'a', '--dry-run'])
  await p.rq(['job', 'cancel', 'a', 'nobody'])
  await p.rq(['job', 'retry', 'a'])
  await p.rq(['job', 'move', 'b', '--to', 'low'])
  await p.rq(['queue', 'move', 'low', '--to', 'high'])
  await p.rq(['job', 'rm', 'c', '--yes'])
  await p.drain('default')
  await p.rq(['failed', 'rm', 'x', '--dry-run'])
  await p.rq(['failed', 'rm', 'x', '--yes'])
  await p.rq(['failed', 'retry', 'y'])
  await p.rq(['jobs'])
  await p.rq(['kill-stale', '--older-than', '1h'])
  expect(await audit(p)).toEqual([
    'job:cancel 2 jobs 1 done',
    'job:retry a 1 done',
    'job:move b 1 done',
    'job:move low to high 1 done',
    'job:delete c 1 done',
    'job:delete 1 job 1 done',
    'job:retry 1 jobs 1 done',
  ])
})

test('what rq cron changes does too, done or failed', async () => {
  const p = place()
  await using cron = new Cron({ connection: p.url, prefix: p.prefix })
  await cron.register({ name: 'nightly', cron: '0 3 * * *', func: './tasks#add', args: [1, 2] })
  for (const words of [
    ['ls'],
    ['next', 'nightly'],
    ['run', 'nightly'],
    ['pause', 'nightly'],
    ['resume', 'nightly'],
    ['rm', 'nightly'],
    ['rm', 'nightly'],
  ])
    await p.rq(['cron', ...words])
  expect(await audit(p)).toEqual([
    'cron:run nightly 1 done',
    'cron:pause nightly 1 done',
    'cron:resume nightly 1 done',
    'cron:remove nightly 1 done',
    'cron:remove nightly 0 failed',
  ])
})

test('what the keys of rq top change does too', async () => {
  const p = place()
  await p.queue().with({ id: 'a' }).enqueue(add, 1, 2)
  const connection = new Connection(toTarget(p.url))
  await using store = Object.assign(new RedisStore(connection, p.prefix), {
    [Symbol.asyncDispose]: () => connection.close(),
  })
  const session = { store, actor: { who: 'ann@here', via: 'cli' } } as never
  const job = { queue: 'default', id: 'a', status: 'queued' } as never
  expect(await act(session, 'cancel', job)).toBe('job a was canceled')
  expect(await audit(p)).toEqual(['job:cancel a@default 1 done'])
})

test('a worker that was told to stop does too', async () => {
  const p = place()
  const worker = p.worker(['default'], { name: 'w' })
  const running = worker.run()
  const known = async () => (await Worker.all({ connection: p.url, prefix: p.prefix })).length === 1
  await until('the worker to be known', known)
  await p.rq(['worker', 'stop', 'w'])
  await running
  await p.rq(['worker', 'stop', 'w'])
  expect(await audit(p)).toEqual(['worker:stop w 1 done', 'worker:stop w 0 failed'])
})
