import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { rq } from '../../../cli/commands/index.ts'
import { runProgram } from '../../../cli/program.ts'
import { add, fail } from '../fixtures/tasks.ts'
import { place, rqOffline } from '../kit-rq.ts'

/** `rq top` on a terminal of 80 columns, with a keyboard. */
function start(p: ReturnType<typeof place>) {
  const host = p.host({ isTTY: true, env: { NO_COLOR: '1' } })
  host.stdout.columns = 80
  const modes: boolean[] = []
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => void modes.push(raw),
  })
  Object.defineProperty(host, 'stdin', { value: stdin })
  const running = runProgram(rq, ['top', '-i', '0.1'], host)
  onTestFinished(async () => {
    host.send('SIGTERM')
    await running
  })
  const picture = () => stripVTControlCharacters(host.stdout.text.split('\x1b[H').at(-1)!)
  return {
    host,
    modes,
    running,
    press: (keys: string) => void stdin.write(keys),
    shows: (text: string | RegExp) => expect.poll(picture, { timeout: 5_000 }).toMatch(text),
  }
}

test('it shows queues, jobs, workers and failures, and leaves the terminal as it was', async () => {
  const p = place()
  const low = p.queue('low')
  await low.enqueue(fail, 'no paper')
  await p.drain('low')
  await low.enqueue(add, 1, 2)
  await p.queue('high').enqueue(add, 3, 4)
  const top = start(p)
  await top.shows(/rq top {2}2 queues, 2 queued, 0 workers/)
  await top.shows(/low .* 1 +0 +0 +1 .*no workers/)
  top.press('2')
  await top.shows(/queued +high .*tasks\.add\(3, 4\)/)
  await top.shows(/failed +low .*tasks\.fail\('no paper'\)/)
  top.press('/add\r')
  await top.shows(/filter: add/)
  top.press('\x1b')
  await top.shows(/^(?!.*filter: add)/s)
  top.press('4')
  await top.shows(/low +\d+s .*Error: no paper/)
  top.press('\r')
  await top.shows(/state +failed/)
  top.press('q')
  await top.shows(/\[4 failures\]/)
  top.press('q')
  expect(await top.running).toBe(0)
  expect(top.modes).toEqual([true, false])
  expect(top.host.stdout.text).toMatch(/^\x1b\[\?1049h\x1b\[\?25l/)
  expect(top.host.stdout.text).toMatch(/\x1b\[\?25h\x1b\[\?1049l$/)
})

test('keys retry, cancel and delete jobs', async () => {
  const p = place()
  const low = p.queue('low')
  const job = await low.enqueue(fail, 'no paper')
  await p.drain('low')
  const top = start(p)
  top.press('4')
  await top.shows(/no paper/)
  top.press('r')
  await top.shows(`job ${job.id} was requeued`)
  expect((await job.refresh()).status).toBe('queued')
  top.press('2')
  await top.shows(/queued +low/)
  top.press('x')
  await top.shows(`cancel job ${job.id}?`)
  top.press('n')
  await top.shows('j/k move')
  top.press('xy')
  await top.shows(`job ${job.id} was canceled`)
  expect((await job.refresh()).status).toBe('canceled')
  await top.shows(/canceled +low/)
  top.press('d')
  top.press('y')
  await top.shows(`job ${job.id} was deleted`)
  expect(await low.fetchJob(job.id)).toBeNull()
  top.press('\x03')
  expect(await top.running).toBe(0)
})

test('a signal, and an exit of the process, give the terminal back', async () => {
  const p = place()
  const top = start(p)
  await top.shows(/0 queues/)
  top.host.exit()
  await expect.poll(() => top.host.stdout.text).toContain('\x1b[?25h\x1b[?1049l')
  expect(top.modes.at(-1)).toBe(false)
  top.host.send('SIGTERM')
  expect(await top.running).toBe(0)
})

test('without a terminal it says what there is instead', async () => {
  const { code, err } = await rqOffline(['top'])
  expect(code).toBe(2)
  expect(err).toContain('rq top needs a terminal')
  expect(err).toContain('rq info --json')
})

test('a Redis that is away is told without taking the screen', async () => {
  const p = place()
  const { code, out } = await p.rq(['top', '--timeout', '200ms'], {
    isTTY: true,
    env: { RQ_REDIS_URL: 'redis://127.0.0.1:1' },
  })
  expect([code, out]).toEqual([3, ''])
})
