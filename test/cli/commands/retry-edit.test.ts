import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { codec } from '../../fixtures/codec.ts'
import { FIXTURES } from '../../kit/harness.ts'
import { add, fail } from '../fixtures/tasks.ts'
import { place } from '../kit-rq.ts'

/** An editor that changes a file as told, and needs nobody. */
function editor(change: string): { PATH: string; EDITOR: string } {
  const folder = mkdtempSync(join(tmpdir(), 'rq-editor-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'editor.mjs')
  writeFileSync(
    file,
    `import { readFileSync, writeFileSync } from 'node:fs'
    const file = process.argv.at(-1)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, ${change})`,
  )
  return { PATH: process.env.PATH!, EDITOR: `${process.execPath} ${file}` }
}

test('--edit enqueues a new job with the arguments that the editor left', async () => {
  const p = place()
  const q = p.queue('mail')
  const job = await q.with({ tags: ['bill'], meta: { a: 1 }, timeout: 7 }).enqueue(fail, 'typo')
  await p.drain('mail')
  const env = editor(`text.replace('typo', 'mended')`)
  const { code, out, json } = await p.rq(['job', 'retry', job.id, '--edit', '--json'], { env })
  expect([code, json.schema]).toEqual([0, 'rq.job.retry.edit/1'])
  expect(json.data).toEqual({ from: job.id, id: expect.any(String), queue: 'mail' })
  expect(out).not.toContain('typo')
  const created = await q.fetchJob(json.data.id)
  expect(created).toMatchObject({ args: ['mended'], status: 'queued', tags: ['bill'], meta: { a: 1 } })
  expect((await job.refresh()).status).toBe('failed')
})

test('each digit of a number is kept, where the editor left it and where it reads it again', async () => {
  const p = place()
  const job = await p.queue('mail').enqueue(fail, 'typo')
  const long = '12345678901234567890'
  const first = await p.rq(['job', 'retry', job.id, '--edit'], {
    env: editor(`text.replace('"typo"', '${long}, "typo"')`),
  })
  const env = editor(`text.includes('${long}') ? text.replace('typo', 'seen') : text`)
  const second = await p.rq(['job', 'retry', first.out.trim(), '--edit'], { env })
  expect((await p.queue('mail').fetchJob(second.out.trim()))!.args).toEqual([Number(long), 'seen'])
})

test('where there is a secret the new job is signed, so that workers run it', async () => {
  const p = place()
  const secret = 'a secret of some length'
  const job = await p.queue('mail').enqueue(add, 1, 2)
  await p.drain('mail')
  const env = { ...editor(`text.replace('1', '40')`), RQ_SECRET: secret }
  const { out } = await p.rq(['job', 'retry', job.id, '--edit'], { env })
  await p.worker(['mail'], { burst: true, secret }).run()
  const created = await p.queue('mail').fetchJob(out.trim())
  expect(await created!.result).toBe(42)
})

test('where there is a codec the editor shows what it decodes, and the new job is encoded again', async () => {
  const p = place()
  const q = p.queue('mail', { codec })
  const job = await q.enqueue(add, 1, 2)
  const flags = ['--codec', './test/fixtures/codec#codec']
  const env = editor(`text.replace('1', '40')`)
  const { out } = await p.rq(['job', 'retry', job.id, '--edit', ...flags], { env, cwd: FIXTURES })
  const created = await q.fetchJob(out.trim())
  expect([created!.args, job.args]).toEqual([
    [40, 2],
    [1, 2],
  ])
  const asStored = await p.queue('mail').fetchJob(out.trim())
  expect(() => asStored!.args).toThrow('went through a codec')
  const blind = await p.rq(['job', 'retry', job.id, '--edit'], { env })
  expect([blind.code, blind.err]).toEqual([1, expect.stringContaining('--codec')])
  expect(await q.count('queued')).toBe(2)
})

test('what was not changed, or is no list, enqueues nothing', async () => {
  const p = place()
  const q = p.queue('mail')
  const job = await q.enqueue(fail, 'typo')
  await p.drain('mail')
  const kept = await p.rq(['job', 'retry', job.id, '--edit'], { env: editor('text') })
  expect([kept.code, kept.err]).toEqual([0, 'nothing was changed, and nothing enqueued\n'])
  const broken = await p.rq(['job', 'retry', job.id, '--edit'], { env: editor(`text + ','`) })
  expect([broken.code, broken.err]).toEqual([2, expect.stringContaining('expected a JSON list such as')])
  const scalar = await p.rq(['job', 'retry', job.id, '--edit'], { env: editor(`'1'`) })
  expect([scalar.code, scalar.err]).toEqual([2, expect.stringContaining('expected a JSON list such as')])
  const quit = await p.rq(['job', 'retry', job.id, '--edit'], {
    env: { PATH: process.env.PATH!, EDITOR: 'false' },
  })
  expect([quit.code, quit.err]).toEqual([1, expect.stringContaining("the editor 'false' ended with 1")])
  const none = await p.rq(['job', 'retry', job.id, '--edit'])
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('EDITOR or VISUAL')])
  expect(await q.count('queued')).toBe(0)
})

test('arguments that are no JSON, and several jobs at once, are refused', async () => {
  const p = place()
  const q = p.queue('mail')
  const rich = await q.enqueue('./test/cli/fixtures/tasks#fail', new Date(0))
  const parent = await q.enqueue(add, 1, 2)
  const child = await q.enqueue(add, parent, 2)
  const env = editor('text')
  const { code, err } = await p.rq(['job', 'retry', rich.id, '--edit'], { env })
  expect([code, err]).toEqual([1, expect.stringContaining('what JSON has no form for')])
  expect((await p.rq(['job', 'retry', child.id, '--edit'], { env })).err).toContain('results of other jobs')
  expect((await p.rq(['job', 'retry', 'a', 'b', '--edit'], { env })).code).toBe(2)
})
