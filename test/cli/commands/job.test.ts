import { expect, test } from 'vitest'
import { add, fail, hold, talk } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'
import { latch } from '../running.ts'

test('show tells all of a failed job, its traceback included', async () => {
  const p = place()
  await p
    .queue('low')
    .with({ id: 'bad', meta: { of: 'me' } })
    .enqueue(fail, 'out of \x1b[31mrange')
  await p.drain('low')
  const { code, out } = await p.rq(['job', 'show', 'bad'])
  expect(code).toBe(0)
  expect(out).toMatch(/^id {12}bad\nqueue {9}low\njob {11}tasks\.fail\(/)
  expect(out).toMatch(/\nstate {9}failed\n/)
  expect(out).toContain('\nmeta          {"of":"me"}\n')
  expect(out).toMatch(/\n\nRangeError: out of range\n {4}at fail /)
  expect(out).not.toContain('\x1b')
})

test('show --json has arguments, result and times as data', async () => {
  const p = place()
  await p.queue().with({ id: 'good' }).enqueue(add, 1, 2)
  await p.drain('default')
  const { json } = await p.rq(['job', 'show', 'good', '--json'])
  expect(json).toMatchObject({
    schema: 'rq.job.show/1',
    data: [
      {
        id: 'good',
        status: 'finished',
        args: [1, 2],
        result: 3,
        error: null,
        attempt: 1,
        runs: [],
        position: null,
      },
    ],
  })
  expect(Date.parse(json.data[0].endedAt)).toBeGreaterThan(0)
})

test('an id that is not there ends it with 4', async () => {
  const p = place()
  for (const command of ['show', 'cancel', 'stop', 'retry', 'logs', 'wait']) {
    const { code, err } = await p.rq(['job', command, 'nobody'])
    expect({ command, code }).toEqual({ command, code: 4 })
    expect(err).toContain('job nobody is not there')
  }
  expect((await p.rq(['job', 'rm', 'nobody', '--yes'])).code).toBe(4)
})

test('cancel and retry report each job, and exit with 1 where one of them could not', async () => {
  const p = place()
  const queue = p.queue()
  await queue.with({ id: 'a' }).enqueue(add, 1, 2)
  const canceled = await p.rq(['job', 'cancel', 'a', 'nobody', '--reason', 'sold out'])
  expect(canceled).toMatchObject({ code: 1, out: '✓ a canceled\n' })
  expect(canceled.err).toMatch(/^✗ job nobody is not there/)
  expect((await queue.fetchJob('a'))?.reason).toBe('sold out')
  expect(await p.rq(['job', 'retry', 'a', '--dry-run'])).toMatchObject({
    code: 0,
    out: '✓ a would be requeued\n',
  })
  expect((await queue.fetchJob('a'))?.status).toBe('canceled')
  expect(await p.rq(['job', 'retry', 'a', '--at-front'])).toMatchObject({ code: 0, out: '✓ a requeued\n' })
  const { json } = await p.rq(['job', 'stop', 'a', '--json'])
  expect(json).toMatchObject({ schema: 'rq.job.stop/1', data: [{ id: 'a', ok: false }] })
  expect(json.data[0].what).toContain('use cancel()')
})

test('stop ends a job that runs', async () => {
  const p = place()
  const { port, connected } = await latch()
  const job = await p.queue().with({ id: 'long' }).enqueue(hold, port)
  const worker = p.worker(['default'], { isolation: 'process' })
  void worker.run()
  await connected
  expect(await p.rq(['job', 'stop', 'long'])).toMatchObject({ code: 0, out: '✓ long asked to stop\n' })
  await expect(job.result).rejects.toThrow('was stopped')
  await worker.stop()
})

test('rm refuses where nobody can answer, and names the command that does not ask', async () => {
  const p = place()
  await p.queue().with({ id: 'a' }).enqueue(add, 1, 2)
  const { code, out, err } = await p.rq(['job', 'rm', 'a', '-u', p.url.replace('://', '://user:secret@')])
  expect({ code, out }).toEqual({ code: 6, out: '' })
  expect(err).toMatch(
    /^error: Delete 1 job\? Nobody is there to answer\.\nTo go on, run: rq job rm a -u \S+ --yes\n$/,
  )
  expect(err).not.toContain('secret')
  const { err: json } = await p.rq(['job', 'rm', 'a', '--json'])
  expect(JSON.parse(json).error).toMatchObject({
    code: 'REFUSED',
    hint: 'To go on, run: rq job rm a --json --yes',
  })
  expect(await p.queue().fetchJob('a')).not.toBeNull()
})

test.each([
  ['y\n', 0, null],
  ['\n', 6, 'queued'],
  ['', 6, 'queued'],
])('on a terminal rm asks; %j ends it with %d', async (input, code, status) => {
  const p = place()
  await p.queue().with({ id: 'a' }).enqueue(add, 1, 2)
  const ran = await p.rq(['job', 'rm', 'a'], { isTTY: true, input })
  expect(ran.code).toBe(code)
  expect(ran.err).toMatch(/^Delete 1 job\? \[y\/N\] /)
  expect((await p.queue().fetchJob('a'))?.status ?? null).toBe(status)
})

test('wait prints results as they are, and exits with 1 for a job that failed', async () => {
  const p = place()
  await p.queue().with({ id: 'good' }).enqueue(add, 1, 2)
  await p.queue().with({ id: 'bad' }).enqueue(fail, 'no')
  await p.drain('default')
  expect(await p.rq(['job', 'wait', 'good'])).toMatchObject({ code: 0, out: '3\n' })
  expect(await p.rq(['job', 'wait', 'good', 'bad'])).toMatchObject({
    code: 1,
    out: '3\n',
    err: 'job bad: RangeError: no\n',
  })
  await p.queue().with({ id: 'idle' }).enqueue(add, 1, 2)
  expect((await p.rq(['job', 'wait', 'idle', '--wait-timeout', '10ms'])).code).toBe(5)
})

test('jobs lists them by state, function, error and age, or as ids', async () => {
  const p = place()
  await p.queue('low').with({ id: 'good' }).enqueue(add, 1, 2)
  await p.queue('low').with({ id: 'bad' }).enqueue(fail, 'no')
  await p.drain('low')
  await p.queue('high').with({ id: 'later', in: '1h' }).enqueue(add, 3, 4)
  const ids = async (...flags: string[]) =>
    (await p.rq(['jobs', '--ids', ...flags])).out.trim().split('\n').sort()
  expect(await ids()).toEqual(['bad', 'good', 'later'])
  expect(await ids('--state', 'failed', '--state', 'scheduled')).toEqual(['bad', 'later'])
  expect(await ids('--queue', 'low', '--fn', 'tasks#add')).toEqual(['good'])
  expect(await ids('--error', 'RangeError')).toEqual(['bad'])
  expect(await ids('--since', '1h', '--limit', '1', '--state', 'finished')).toEqual(['good'])
  const { out } = await p.rq(['jobs', '--state', 'failed'])
  expect(out).toMatch(/^id +queue +state +age +job\nbad +low +failed +\ds +tasks\.fail\('no'\)\n1 job\n$/)
  expect((await p.rq(['jobs', '--queue', 'lwo'])).code).toBe(4)
  expect((await p.rq(['jobs', '--json', '--state', 'failed'])).json).toMatchObject({
    schema: 'rq.jobs/1',
    data: [{ id: 'bad', error: { name: 'RangeError', message: 'no' } }],
  })
})

test('a tag given to enqueue is what jobs finds it by', async () => {
  const p = place()
  await p.rq(['enqueue', './tasks#add', ':1', ':2', '--job-id', 'both', '--tag', 'mail', '--tag', 'urgent'])
  await p.rq(['enqueue', './tasks#add', ':1', ':2', '--job-id', 'one', '--tag', 'mail', '--front'])
  expect((await p.rq(['jobs', '--tag', 'mail', '--ids'])).out).toBe('one\nboth\n')
  expect((await p.rq(['jobs', '--tag', 'mail', '--tag', 'urgent', '--json'])).json.data).toMatchObject([
    { id: 'both', tags: ['mail', 'urgent'] },
  ])
  const { code, err } = await p.rq(['enqueue', './tasks#add', '--tag', ' '])
  expect(code).toBe(2)
  expect(err).toContain('tags: expected words of 1 to 64 characters')
})

test.each([[], ['-f']])('logs tells what a job logged and printed, with times %j', async (...follow) => {
  const p = place()
  await p.queue().with({ id: 'talks' }).enqueue(talk)
  await p.worker(['default'], { burst: true, captureOutput: true }).run()
  const { code, out } = await p.rq(['job', 'logs', 'talks', ...follow])
  expect(code).toBe(0)
  expect(out).toMatch(/^\d\d:\d\d:\d\d a line\n\d\d:\d\d:\d\d stderr: oh\n$/)
})

test('logs --json has each line with its time and source', async () => {
  const p = place()
  await p.queue().with({ id: 'talks' }).enqueue(talk)
  await p.drain('default')
  const { json } = await p.rq(['job', 'logs', 'talks', '--json'])
  expect(json).toMatchObject({
    schema: 'rq.job.logs/1',
    data: { id: 'talks', lines: ['a line'], entries: [{ source: 'log', text: 'a line' }] },
  })
  expect(Date.parse(json.data.entries[0].at)).toBeGreaterThan(0)
})
