import { expect, test } from 'vitest'
import { place } from '../kit-rq.ts'

const ADD = './test/cli/fixtures/tasks#add'
const FAIL = './test/cli/fixtures/tasks#fail'

test('a call is enqueued, and said in the words of RQ', async () => {
  const p = place()
  const { code, out, err } = await p.rq(['enqueue', ADD, ':1', ':2', '--job-id', 'cli2'])
  expect({ code, out, err }).toEqual({
    code: 0,
    out: "Enqueued tasks.add(1, 2) with job-id 'cli2'.\n",
    err: '',
  })
  const job = await p.queue().fetchJob('cli2')
  expect(job).toMatchObject({ func: ADD, args: [1, 2], status: 'queued' })
})

test('every flag reaches the job', async () => {
  const p = place()
  await p.rq(['enqueue', ADD, '--job-id', 'parent'])
  const flags =
    '-q low --timeout 5 --result-ttl -1 --ttl 1h --failure-ttl 1d --depends-on parent --at-front --priority -3 --retry-max 3 --retry-interval 10,1m --quiet'
  const { code, out } = await p.rq([
    ...['enqueue', ADD, 'text', 'key=value', '--job-id', 'child', '--description', 'my job'],
    ...flags.split(' '),
  ])
  expect({ code, out }).toEqual({ code: 0, out: '' })
  const { json } = await p.rq(['job', 'show', 'child', '--json'])
  expect(json.data[0]).toMatchObject({
    queue: 'low',
    status: 'deferred',
    args: ['text', { key: 'value' }],
    priority: -3,
    description: 'my job',
    waitsFor: [{ ref: 'parent@default', state: 'waits' }],
  })
  expect(json.data[0].record).toBeUndefined()
})

test.each([
  [['--schedule-in', '5m']],
  [['--in', '5m']],
  [['--schedule-at', '2999-01-01T00:00:00Z']],
  [['--at', '2999-01-01']],
])('with %j it is scheduled', async (flags) => {
  const p = place()
  const { json } = await p.rq(['enqueue', ADD, ...flags, '--json'])
  expect(json).toMatchObject({
    schema: 'rq.enqueue/1',
    data: { queue: 'default', func: ADD, status: 'scheduled' },
  })
})

test('--wait prints the result, and exits with 0', async () => {
  const p = place()
  const worker = p.worker(['default'])
  void worker.run()
  const { code, out, err } = await p.rq(['enqueue', ADD, ':2', ':3', '--wait'])
  expect({ code, out }).toEqual({ code: 0, out: '5\n' })
  expect(err).toMatch(/^Enqueued tasks\.add\(2, 3\) with job-id '.*'\.\n$/)
  await worker.stop()
})

test('--wait on a job that fails prints the error, and exits with 1', async () => {
  const p = place()
  const worker = p.worker(['default'])
  void worker.run()
  const text = await p.rq(['enqueue', FAIL, 'out of \x1b[31mrange', '--wait', '--quiet'])
  expect(text).toMatchObject({ code: 1, out: '', err: 'RangeError: out of range\n' })
  const json = await p.rq(['enqueue', FAIL, 'no', '--wait', '--json'])
  expect(json.code).toBe(1)
  expect(json.json.data.outcome).toMatchObject({ ok: false, error: { name: 'RangeError', message: 'no' } })
  await worker.stop()
})

test('--wait-timeout ends the wait with 5; the job goes on', async () => {
  const p = place()
  const { code, err } = await p.rq(['enqueue', ADD, '--wait', '--wait-timeout', '10ms', '--job-id', 'a'])
  expect(code).toBe(5)
  expect(err).toContain('has not ended within 0.01 s; it goes on')
  expect((await p.queue().fetchJob('a'))?.status).toBe('queued')
})

test.each<[string[], number, string]>([
  [['tasks.add'], 2, "Did you mean './tasks#add'?"],
  [['app.jobs.mail.send'], 2, "Did you mean './app/jobs/mail#send'?"],
  [[ADD, '--depends-on', 'nobody'], 4, 'nobody'],
  [[ADD, '--retry-interval', '5'], 2, 'expected --retry-max with it'],
  [[ADD, '--in', '5', '--at', '2999-01-01'], 2, 'cannot be used with'],
  [[ADD, '--at', 'tomorrow'], 2, 'expected a time such as'],
  [[ADD, ':nope'], 2, 'expected JSON'],
  [[ADD, '-q', 'a b'], 2, 'queue name: expected'],
])('%j ends with %d and says why', async (words, code, message) => {
  const p = place()
  const ran = await p.rq(['enqueue', ...words])
  expect(ran).toMatchObject({ code, out: '' })
  expect(ran.err).toContain(message)
})

test('[P5] without a function it says what is missing, with a line that works', async () => {
  const { code, out, err } = await place().rq(['enqueue'])
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(
    /missing required argument 'function'\nFor example: rq enqueue '?\.\/\S+#\w+'? .*\nTry 'rq enqueue --help'\.\n$/,
  )
})

test('a server that is away ends it with 3, and no password is shown', async () => {
  const p = place()
  const { code, err } = await p.rq(['enqueue', ADD, '-u', 'redis://user:secret@127.0.0.1:1/0', '-v'], {
    env: { RQ_TIMEOUT: '300ms' },
  })
  expect(code).toBe(3)
  expect(err).toContain('redis at 127.0.0.1:1')
  expect(err).not.toContain('secret')
}, 30_000)
