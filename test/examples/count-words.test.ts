import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { serveDocuments } from '../../examples/count-words/documents.ts'
import { countWords } from '../../examples/count-words/tasks.ts'
import { run } from '../cli/running.ts'

const DEMO = 'examples/count-words/main.ts'

/** The same documents, counted here. */
async function countHere(): Promise<{ documents: number; words: number; longest: string }> {
  const { files, urlOf, close } = await serveDocuments(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
  )
  onTestFinished(close)
  const counts = await Promise.all(
    files.map(async (file) => ({ file, words: await countWords(urlOf(file)) })),
  )
  const [longest] = counts.sort((a, b) => b.words - a.words)
  return {
    documents: files.length,
    words: counts.reduce((sum, { words }) => sum + words, 0),
    longest: longest!.file,
  }
}

async function expectNoRedis(out: string): Promise<void> {
  const [, port] = /redis:\/\/127\.0\.0\.1:(\d+)/.exec(out) ?? []
  const [error] = await once(connect(Number(port), '127.0.0.1'), 'error')
  expect(error).toMatchObject({ code: 'ECONNREFUSED' })
}

test('the demo counts the words of real documents through a real worker, and leaves nothing behind', async () => {
  const here = await countHere()
  const { code, out, err } = await run(DEMO, []).ended
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(
    `${here.documents + 1} jobs in the queue low, and one in default that depends on them (it is deferred)`,
  )
  expect(out).toContain('20 % counted\n40 % counted\n60 % counted\n80 % counted\n100 % counted\n')
  expect(out).toMatch(/\nfile +words +ms\n─+ {2}─+ {2}─+\n/)
  expect(out.split(/─\n/)[1]).toMatch(new RegExp(`^${here.longest.replaceAll('.', '\\.')} +[\\d,]+ +\\d+\\n`))
  expect(out).toContain(`${here.documents} documents have ${here.words.toLocaleString('en')} words.`)
  expect(out).toMatch(
    /\(tasks\.countWords\) failed: Error: expected a document at http.*\/missing\.md, got 404 Not Found/,
  )
  expect(out).toMatch(
    /RQ worker started, version .*\n.* \*\*\* Starting worker .*:low,default\n.* \*\*\* Listening on low, default\.\.\.\n.* low: tasks\.countWords\('http/,
  )
  await expectNoRedis(out)
})

test('a Ctrl-C in the middle of the demo stops all that it has started', async () => {
  const demo = run(DEMO, [])
  await demo.said('jobs in the queue low')
  demo.child.kill('SIGINT')
  const { code, out, err } = await demo.ended
  expect({ code, err }).toEqual({ code: 1, err: 'stopped by SIGINT\n' })
  await expectNoRedis(out)
})
