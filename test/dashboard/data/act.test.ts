import { expect, test } from 'vitest'
import {
  type Actor,
  type BulkRequest,
  confirmBulk,
  deleteQueue,
  editCron,
  emptyQueue,
  enqueueByName,
  findJobs,
  type JobFilter,
  markDeploy,
  pauseCron,
  pauseQueue,
  readAudit,
  readCron,
  readDeploys,
  readErrors,
  readFunctions,
  readJob,
  readOverview,
  readQueue,
  readWorkers,
  resumeCron,
  resumeQueue,
  retryEdited,
  runBulk,
  runCron,
  snoozeError,
  tellWorker,
  wakeError,
} from '../../../lib/dashboard/data/index.ts'
import { Cron, call, type Job } from '../../../lib/index.ts'
import { isCounted } from '../../../lib/queue/find/find.ts'
import { storeOf } from '../../kit/a-store.ts'
import { harness, logbook } from '../../kit/harness.ts'
import { until } from '../../kit/until.ts'

const h = harness()
const s = storeOf(h)
const ann: Actor = { who: 'ann', via: 'dashboard' }

/** Every part of a bulk action. */
async function all(request: BulkRequest) {
  const parts = [await runBulk(s.store, request, ann)]
  while (parts.at(-1)!.next !== null) parts.push(await runBulk(s.store, request, ann, parts.at(-1)!.next!))
  return parts
}

const refs = (jobs: readonly { id: string; queue: string }[]) => jobs.map(({ id, queue }) => `${id}@${queue}`)
const audit = async () =>
  (await readAudit(s.store)).entries.map(({ action, outcome, count }) => `${action} ${outcome} ${count}`)

test('[S6] a selection of all that was seen is retried in parts of 500, and what came later is left alone', async () => {
  const q = h.queue()
  await q.enqueueMany(Array.from({ length: 700 }, () => call('./tasks#fail')))
  await h.drain('q', { concurrency: 10 })
  const { now: at, total: seen } = await findJobs(s.store, { state: 'failed' })
  await until('the clock of Redis to go on', async () => (await findJobs(s.store, {})).now > at + 1)
  await q.enqueue('./tasks#fail')
  await h.drain()
  const request: BulkRequest = { action: 'retry', selection: { filter: { state: 'failed' }, at, seen } }
  expect(await confirmBulk(s.store, request)).toEqual({ seen: 700, now: 700, isCut: false })
  const parts = await all(request)
  expect(parts[0]).toMatchObject({ done: 500, changed: 500, total: 700, skipped: [] })
  expect(parts.at(-1)).toMatchObject({ next: null, done: 700, changed: 700 })
  expect(await s.store.counts('q')).toMatchObject({ queued: 700, failed: 1 })
  expect((await audit()).slice(0, 2)).toEqual(['job:retry done 200', 'job:retry done 500'])
})

test('[S6] what matches is counted as it was seen, however many fail meanwhile, and asked for again where there is more', async () => {
  const q = h.queue()
  await q.enqueueMany([1, 2, 3].map(() => call('./tasks#fail', 'a')))
  await h.drain()
  const { now: at, total, rows } = await findJobs(s.store, { state: 'failed' })
  const error = (await readJob(s.store, rows[0]!.id))!.fingerprint!
  await until('the clock of Redis to go on', async () => (await findJobs(s.store, {})).now > at + 1)
  await q.enqueue('./tasks#fail', 'a')
  await h.drain()
  const confirm = async (filter: JobFilter, seen: number) =>
    confirmBulk(s.store, { action: 'retry', selection: { filter, at, seen } })
  expect(total).toBe(3)
  for (const filter of [
    { state: 'failed' },
    { state: 'failed', error },
    { state: 'failed', fn: 'fail' },
  ] as const)
    expect(await confirm(filter, 3)).toEqual({ seen: 3, now: 3, isCut: false })
  expect(await confirm({ state: 'failed' }, 2)).toMatchObject({ seen: 2, now: 3 })
  await (await q.fetchJob(rows[0]!.id))!.requeue()
  expect(await confirm({ state: 'failed' }, 3)).toMatchObject({ seen: 3, now: 2 })
})

test.each([
  [{}, true],
  [{ state: 'failed', queue: 'q' }, true],
  [{ tag: 'x' }, true],
  [{ error: '0af76519' }, true],
  [{ state: 'failed', error: '0af76519' }, true],
  [{ state: 'finished', tag: 'x' }, false],
  [{ state: 'failed', error: '0af76519', tag: 'x' }, false],
  [{ state: 'failed', error: 'TypeError' }, false],
  [{ state: 'failed', fn: 'send' }, false],
  [{ state: 'failed', from: 1 }, false],
] as const)('whether the number of those that match %o is known: %s', (filter, is) => {
  expect(isCounted(filter)).toBe(is)
})

test('what cannot be done says why, job by job, and does not keep the others from it', async () => {
  const q = h.queue()
  const [one, two] = [await q.enqueue('./tasks#nothing'), await q.enqueueIn('1h', './tasks#nothing')]
  const gone = 'gone@q'
  const [retried] = await all({ action: 'retry', selection: { refs: [...refs([two]), gone] } })
  expect(retried).toMatchObject({
    changed: 0,
    skipped: [{ why: 'it is scheduled' }, { ref: gone, why: 'it is not there any more' }],
    skippedCount: 2,
  })
  expect((await all({ action: 'stop', selection: { refs: refs([one]) } }))[0]!.skipped[0]!.why).toBe(
    'it is queued',
  )
  expect((await all({ action: 'front', selection: { refs: refs([two]) } }))[0]!.skipped[0]!.why).toBe(
    'it is scheduled',
  )
  expect((await all({ action: 'cancel', selection: { refs: refs([one, two]) } }))[0]).toMatchObject({
    changed: 2,
  })
  expect((await readJob(s.store, one.id))!.reason).toBe('canceled by ann')
  expect((await all({ action: 'delete', selection: { refs: refs([one, two]) } }))[0]).toMatchObject({
    changed: 2,
  })
})

test('jobs go to the front in their order, to another queue, and to another time', async () => {
  const q = h.queue()
  const jobs = await q.enqueueMany(Array.from({ length: 4 }, () => call('./tasks#nothing')))
  await all({ action: 'front', selection: { refs: refs(jobs.slice(2)) } })
  expect(await q.jobIds()).toEqual([jobs[2]!.id, jobs[3]!.id, jobs[0]!.id, jobs[1]!.id])
  expect(
    (await all({ action: 'move', selection: { refs: refs(jobs.slice(0, 1)) }, queue: 'up' }))[0],
  ).toMatchObject({ changed: 1 })
  expect(await h.queue('up').jobIds()).toEqual([jobs[0]!.id])
  const dueAt = Date.now() + 3_600_000
  await all({ action: 'reschedule', selection: { refs: refs(jobs.slice(1, 3)) }, dueAt })
  expect(await s.store.entries('q', 'scheduled')).toEqual([
    { id: [jobs[1]!.id, jobs[2]!.id].sort()[0], time: dueAt },
    { id: [jobs[1]!.id, jobs[2]!.id].sort()[1], time: dueAt },
  ])
  await all({ action: 'reschedule', selection: { refs: refs(jobs.slice(1, 2)) }, dueAt: 0 })
  expect(await q.jobIds()).toEqual([jobs[3]!.id, jobs[1]!.id])
  expect(await h.drain(['q', 'up'])).toMatchObject({ finished: 3 })
})

test('jobs that wait for one that failed or was stopped go on without it, and wait on for the others', async () => {
  const [q, up] = [h.queue('q'), h.queue('up')]
  const failed = await q.enqueue('./tasks#fail')
  const stopped = await up.enqueue('./tasks#hold', h.gate('stopped'), true)
  const again = await q.enqueue('./tasks#failOnce', h.gate('again'))
  const worker = h.worker(['q', 'up'], { concurrency: 2 })
  const running = worker.run()
  await h.reached('stopped')
  await until('its start to be known', async () => (await stopped.refresh()).status === 'started')
  await stopped.stop()
  for (const job of [failed, stopped, again]) await job.wait().catch(() => {})
  await worker.stop()
  await running
  const later = await q.enqueueIn('1h', './tasks#nothing')
  const on = (...dependsOn: Job[]) => q.with({ dependsOn })
  const children = [
    await on(failed).enqueue('./tasks#echo', failed),
    await on(failed, stopped).enqueue('./tasks#nothing'),
    await up.with({ dependsOn: failed }).enqueue('./tasks#nothing'),
    await on(failed, later).enqueue('./tasks#nothing'),
    await on(later).enqueue('./tasks#nothing'),
    await on(again).enqueue('./tasks#nothing'),
  ]
  await again.requeue()
  const request: BulkRequest = {
    action: 'release',
    selection: { refs: [...refs(children), 'gone@q', ...refs([later])] },
  }
  const why = 'it waits for no job that failed or was stopped'
  expect((await all(request))[0]).toMatchObject({
    changed: 4,
    skipped: [
      { ref: refs(children)[4], why },
      { ref: refs(children)[5], why },
      { ref: 'gone@q', why: 'it is not there any more' },
      { why: 'it is scheduled' },
    ],
  })
  expect((await audit())[0]).toBe('job:release done 4')
  const states = async () =>
    (await Promise.all(children.map((job) => job.refresh()))).map(({ status }) => status)
  const after = ['queued', 'queued', 'queued', 'deferred', 'deferred', 'deferred']
  expect(await states()).toEqual(after)
  expect((await all(request))[0]).toMatchObject({ changed: 0, skippedCount: 8 })
  expect(await states()).toEqual(after)
  // What it has gone on without may still finish: nobody is told twice.
  await failed.requeue()
  await h.drain(['q', 'up'])
  expect(await states()).toEqual(['finished', 'finished', 'finished', 'deferred', 'deferred', 'finished'])
  expect(await children[0]!.result).toBeUndefined()
})

test('the one parent among very many that failed is found', async () => {
  const q = h.queue()
  const parents = await q.enqueueMany([
    ...Array.from({ length: 150 }, () => call('./tasks#nothing')),
    call('./tasks#fail'),
  ])
  const child = await q.with({ dependsOn: parents }).enqueue('./tasks#nothing')
  await h.drain('q', { concurrency: 10 })
  expect((await child.refresh()).status).toBe('deferred')
  expect((await all({ action: 'release', selection: { refs: refs([child]) } }))[0]).toMatchObject({
    changed: 1,
  })
  expect((await child.refresh()).status).toBe('queued')
})

test('a running job is stopped', async () => {
  const q = h.queue()
  const worker = h.worker()
  const running = worker.run()
  const job = await q.enqueue('./tasks#hold', h.gate('x'), true)
  await h.reached('x')
  expect((await all({ action: 'stop', selection: { refs: refs([job]) } }))[0]).toMatchObject({ changed: 1 })
  await job.wait().catch(() => {})
  expect((await job.refresh()).status).toBe('stopped')
  await worker.stop()
  await running
})

test('[S7] a job is made anew with other arguments, and says whence it comes; a duplicate likewise', async () => {
  const q = h.queue()
  const job = await q.with({ priority: 3, tags: ['x'] }).enqueue('./tasks#add', 1, 2)
  await h.drain()
  const id = await retryEdited(s.store, `${job.id}@q`, { argsJson: '[3, 4]' }, ann)
  await h.drain()
  const made = await q.fetchJob(id)
  expect(await made!.result).toBe(7)
  expect(await readJob(s.store, id)).toMatchObject({
    retriedFrom: `${job.id}@q`,
    priority: 3,
    row: { tags: ['x'] },
  })
  await all({ action: 'duplicate', selection: { refs: refs([job]) } })
  expect(await h.drain()).toMatchObject({ finished: 1 })
  expect(await readFunctions(s.store)).toEqual(['./tasks#add'])
  const named = await enqueueByName(s.store, 'q', './tasks#add', '[5,6]', ann)
  await h.drain()
  expect(await (await q.fetchJob(named))!.result).toBe(11)
  for (const argsJson of ['{"a":1}', 'nonsense', '[{"__proto__":1}]'])
    await expect(retryEdited(s.store, `${job.id}@q`, { argsJson }, ann)).rejects.toThrow('arguments:')
  await expect(enqueueByName(s.store, 'q', './tasks#ad', '[]', ann)).rejects.toThrow(
    "Did you mean './tasks#add'?",
  )
  await expect(retryEdited(s.store, 'none@q', {}, ann)).rejects.toThrow('is not there')
  expect(await audit()).toContain('job:edit failed 0')
})

test('a signed job is not copied where the secret is not known', async () => {
  const q = h.queue('q', { secret: 'a secret of sixteen' })
  const job = await q.enqueue('./tasks#add', 1, 2)
  await expect(retryEdited(s.store, `${job.id}@q`, { argsJson: '[1,1]' }, ann)).rejects.toThrow(
    'expected the secret',
  )
})

test('a queue is paused with a reason, emptied and deleted in parts', async () => {
  const q = h.queue()
  await pauseQueue(s.store, 'q', { reason: 'a deploy' }, ann)
  expect((await readQueue(s.store, 'q'))!.pauses).toMatchObject([
    { by: 'ann', reason: 'a deploy', until: null },
  ])
  await resumeQueue(s.store, 'q', ann)
  await q.enqueueMany(Array.from({ length: 600 }, () => call('./tasks#nothing')))
  await q.enqueueIn('1h', './tasks#nothing')
  const first = await emptyQueue(s.store, 'q', ann)
  expect(first).toMatchObject({ done: 500, changed: 500, total: 600 })
  let next: string | null = first.next
  while (next !== null) next = (await emptyQueue(s.store, 'q', ann, next)).next
  expect(await s.store.counts('q')).toMatchObject({ queued: 0, scheduled: 1 })
  for (next = (await deleteQueue(s.store, 'q', ann)).next; next !== null; )
    next = (await deleteQueue(s.store, 'q', ann, next)).next
  expect(await s.store.queues()).toEqual([])
  await expect(emptyQueue(s.store, 'q', ann, 'x')).rejects.toThrow('cursor')
})

test('cron entries are run, paused, resumed and given another time', async () => {
  await using cron = new Cron({ connection: h.url, prefix: h.prefix })
  await cron.register({ name: 'tidy', cron: '0 3 * * *', func: './tasks#nothing', queue: 'q' })
  expect(await runCron(s.store, 'tidy', ann)).toMatch(/^[0-9a-f-]{36}$/)
  await pauseCron(s.store, 'tidy', ann)
  await editCron(s.store, 'tidy', { every: '2h' }, ann)
  expect(await readCron(s.store)).toMatchObject([{ isPaused: true, schedule: { everyMs: 7_200_000 } }])
  await resumeCron(s.store, 'tidy', ann)
  expect(await readCron(s.store)).toMatchObject([{ isPaused: false }])
  await expect(editCron(s.store, 'tidy', { cron: 'nonsense' }, ann)).rejects.toThrow('cron')
  await expect(runCron(s.store, 'none', ann)).rejects.toThrow("there is no cron entry 'none'")
})

test('a worker that is told to be quiet claims no more, and lives on until it is stopped', async () => {
  const q = h.queue()
  const { logger, text } = logbook()
  const worker = h.worker('q', { name: 'w1', logger })
  const running = worker.run()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  await h.reached('x')
  await tellWorker(s.store, 'w1', 'quiet', ann)
  await until('the worker to hear it', async () => text().includes('Quiet on request'))
  await h.open('x')
  expect(await job.result).toBe('let go')
  await q.enqueue('./tasks#nothing')
  await until('the worker to say so', async () => (await readWorkers(s.store))[0]?.state === 'quiet')
  expect(await q.count()).toBe(1)
  await tellWorker(s.store, 'w1', 'stop', ann)
  await running
  await expect(tellWorker(s.store, 'w1', 'stop', ann)).rejects.toThrow('no living worker is called w1')
})

test('[S6] the audit log tells who did what, the latest first, page by page, and a hook hears it', async () => {
  const heard: string[] = []
  const actor: Actor = { ...ann, onAction: ({ action }) => void heard.push(action) }
  for (let i = 0; i < 5; i++) await markDeploy(s.store, `v1.${i}`, actor)
  await expect(markDeploy(s.store, '', actor)).rejects.toThrow('label: expected')
  const first = await readAudit(s.store, { limit: 4 })
  expect(first.entries.map(({ subject, outcome }) => `${subject} ${outcome}`)).toEqual([
    ' failed',
    'v1.4 done',
    'v1.3 done',
    'v1.2 done',
  ])
  expect(first.entries[0]).toMatchObject({ who: 'ann', via: 'dashboard', action: 'deploy:mark', count: 0 })
  const second = await readAudit(s.store, { limit: 4, cursor: first.next! })
  expect(second.entries.map(({ subject }) => subject)).toEqual(['v1.1', 'v1.0'])
  expect([second.next, heard.length]).toEqual([null, 6])
  expect((await readDeploys(s.store, 0, Number.MAX_SAFE_INTEGER)).map(({ label }) => label)).toEqual([
    'v1.0',
    'v1.1',
    'v1.2',
    'v1.3',
    'v1.4',
  ])
})

test.each([
  [{ action: 'explode', selection: { refs: [] } }, 'action: expected one of retry'],
  [{ action: 'retry', selection: { refs: ['no ref'] } }, 'expected <id>@<queue>'],
  [{ action: 'move', selection: { refs: [] } }, 'queue name: expected'],
  [{ action: 'reschedule', selection: { refs: [] } }, 'dueAt: expected'],
  [{ action: 'retry', selection: { filter: { state: 'x' }, at: 0, seen: 0 } }, 'state: expected one of'],
])('%j is refused', async (request, message) => {
  await expect(runBulk(s.store, request as BulkRequest, ann)).rejects.toThrow(message)
})

test('a cause that is snoozed is left out of what comes first, until its time is over or the snooze ends', async () => {
  const q = h.queue()
  await q.enqueue('./tasks#fail', 'one')
  await q.enqueue('./tasks#fail', 'another')
  await h.drain()
  const [one, another] = (await readErrors(s.store)).map(({ fingerprint }) => fingerprint)
  const awake = async () =>
    (await readErrors(s.store, { awake: true, limit: 5 })).map(({ fingerprint }) => fingerprint)
  await snoozeError(s.store, one!, 3_600_000, ann)
  expect(await awake()).toEqual([another])
  expect((await readOverview(s.store)).errors.map(({ fingerprint }) => fingerprint)).toEqual([another])
  const { snoozedUntil } = (await readErrors(s.store)).find(({ fingerprint }) => fingerprint === one)!
  expect(snoozedUntil).toBeGreaterThan(Date.now() + 3_500_000)
  await wakeError(s.store, one!, ann)
  expect((await awake()).sort()).toEqual([one, another].sort())
  await snoozeError(s.store, another!, 1, ann)
  await until('the millisecond to be over', async () => (await awake()).includes(another!))
  await expect(snoozeError(s.store, 'nonsense', 1, ann)).rejects.toThrow('expected eight digits of hex')
  await expect(snoozeError(s.store, one!, 1e12, ann)).rejects.toThrow('expected a time of up to 90 days')
  expect((await audit()).slice(0, 3)).toEqual([
    'failure:snooze failed 0',
    'failure:snooze failed 0',
    'failure:snooze done 1',
  ])
})
