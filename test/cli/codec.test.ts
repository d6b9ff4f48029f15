import { expect, test } from 'vitest'
import { workerCommand } from '../../cli/commands/worker.ts'
import { runProgram } from '../../cli/program.ts'
import { FIXTURES } from '../kit/harness.ts'
import { fakeHost } from './kit.ts'
import { place as anyPlace, type Ran } from './kit-rq.ts'

const HIDDEN = 'nobody-may-read-this'
/** From the root of the project, which rq's paths start from. */
const CODEC = './test/fixtures/codec#codec'

/** `rq` in this project. */
function place() {
  const { rq, ...rest } = anyPlace()
  const here = (words: string[], env: Record<string, string> = {}): Promise<Ran> =>
    rq(words, { cwd: FIXTURES, env })
  return { ...rest, rq: here }
}

/** Runs all that is queued, as rqworker. Answers its log. */
async function work(env: Record<string, string>, ...words: string[]): Promise<string> {
  const host = fakeHost({ env })
  const all = ['--burst', '--isolation', 'none', '--path', FIXTURES, ...words]
  expect(await runProgram(workerCommand('rqworker'), all, host)).toBe(0)
  return host.stdout.text + host.stderr.text
}

test.each([
  ['--codec', ['--codec', CODEC], {}, ['--codec', './codec#codec'], {}],
  ['RQ_CODEC', [], { RQ_CODEC: CODEC }, [], { RQ_CODEC: './codec#codec' }],
])(
  '%s encodes what rq enqueues, and shows what it looks at',
  async (_, flags, env, workerFlags, workerEnv) => {
    const { rq, prefix, url } = place()
    const enqueued = await rq(['enqueue', './tasks#echo', HIDDEN, '--job-id', 'mine', ...flags], env)
    expect([enqueued.code, enqueued.out]).toEqual([0, expect.stringContaining(`tasks.echo('${HIDDEN}')`)])
    const log = await work({ RQ_REDIS_URL: url, RQ_PREFIX: prefix, ...workerEnv }, ...workerFlags)
    expect(log).toContain('tasks.echo(encoded)')
    expect(log).not.toContain(HIDDEN)
    const shown = await rq(['job', 'show', 'mine', ...flags], env)
    expect(shown.out).toMatch(new RegExp(`job +tasks.echo\\('${HIDDEN}'\\)[^]*result +"${HIDDEN}"`))
    expect((await rq(['jobs', '--state', 'finished', ...flags], env)).out).toContain(HIDDEN)
    const wait = await rq(['job', 'wait', 'mine', ...flags], env)
    expect(wait.out).toContain(HIDDEN)
  },
)

test('without it a job is shown all the same, but for what is encoded', async () => {
  const { rq, prefix, url } = place()
  await rq(['enqueue', './tasks#echo', HIDDEN, '--job-id', 'mine', '--codec', CODEC])
  expect((await rq(['jobs', '--state', 'queued'])).out).toContain('tasks.echo(encoded)')
  await work({ RQ_REDIS_URL: url, RQ_PREFIX: prefix, RQ_CODEC: './codec#codec' })
  const { out } = await rq(['job', 'show', 'mine'])
  expect(out).toContain('tasks.echo(encoded)')
  expect(out).not.toContain(HIDDEN)
  const { json } = await rq(['job', 'show', 'mine', '--json'])
  expect(json.data[0]).toMatchObject({
    status: 'finished',
    args: { unreadable: expect.stringContaining('--codec') },
    result: { unreadable: expect.stringContaining('--codec') },
  })
  const other = await rq(['job', 'show', 'mine', '--codec', './test/fixtures/codec#other'])
  expect(other.out).toContain('tasks.echo(encoded)')
})

test.each(['./test/fixtures/codec#missing', './test/fixtures/nothing#codec', 'codec'])(
  'one that cannot be loaded (%s) ends rq before it enqueues anything',
  async (named) => {
    const { rq } = place()
    const { code, err } = await rq(['enqueue', './tasks#echo', HIDDEN, '--codec', named])
    expect(code).toBe(2)
    expect(err).toContain(`codec '${named}'`)
    expect((await rq(['jobs', '--state', 'queued', '--json'])).json.data).toEqual([])
  },
)
