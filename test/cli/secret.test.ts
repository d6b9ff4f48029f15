import { expect, test } from 'vitest'
import { workerCommand } from '../../cli/commands/worker.ts'
import { runProgram } from '../../cli/program.ts'
import { FIXTURES } from '../kit/harness.ts'
import { fakeHost } from './kit.ts'
import { place } from './kit-rq.ts'

const SECRET = 'a secret of the command line'

test.each([
  [SECRET, SECRET, 0],
  [SECRET, `the next secret of it,${SECRET}`, 0],
  ['another secret of theirs', SECRET, 1],
  ['', SECRET, 1],
])(
  'what rq enqueues with RQ_SECRET=%j ends at a worker with RQ_SECRET=%j by exit code %i',
  async (producer, worker, code) => {
    const { rq, prefix, url } = place()
    const host = fakeHost({ env: { RQ_REDIS_URL: url, RQ_PREFIX: prefix, RQ_SECRET: worker } })
    const { code: enqueued } = await rq(['enqueue', './tasks#add', ':1', ':2', '--job-id', 'mine'], {
      env: { RQ_SECRET: producer },
    })
    expect(enqueued).toBe(0)
    const words = ['--burst', '--isolation', 'none', '--path', FIXTURES]
    await runProgram(workerCommand('rqworker'), words, host)
    expect(host.stdout.text + host.stderr.text).not.toContain(SECRET)
    expect((await rq(['job', 'wait', 'mine'])).code).toBe(code)
  },
)
