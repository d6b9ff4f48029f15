import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rq } from '../../cli/commands/index.ts'
import { describeTree } from '../../cli/describe.ts'
import { JOB_OPTION_NAMES } from '../../lib/core/options.ts'
import * as funq from '../../lib/index.ts'
import { ReservedJob } from '../../lib/queue/reserve.ts'
import { RunContext } from '../../lib/run/context.ts'

const DOCS = new URL('../../docs', import.meta.url).pathname
const pages = readdirSync(DOCS).filter((file) => file.startsWith('coming-from-'))

/** What a name in the documents is an object of. */
const OBJECTS: Readonly<Record<string, object>> = {
  q: funq.Queue.prototype,
  queue: funq.Queue.prototype,
  job: funq.Job.prototype,
  group: funq.Group.prototype,
  worker: funq.Worker.prototype,
  cron: funq.Cron.prototype,
  failed: funq.Registry.prototype,
  reserved: ReservedJob.prototype,
  Queue: funq.Queue,
  Job: funq.Job,
  Group: funq.Group,
  Worker: funq.Worker,
}
/** Functions of the reader's own. */
const THEIRS = ['Date', 'QueryPrice', 'fn', 'f', 'perform']
/** What is called without its object is a method of one of them. */
const METHODS: readonly object[] = [...Object.values(OBJECTS), RunContext.prototype]

/** The code in all but the first column of a page's tables: what has the place of the other library's names. */
function codeHere(text: string): string[] {
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| --'))
  return rows.flatMap((row) => {
    const cells = row.split(/(?<!\\)\|/).slice(2)
    return [...cells.join('|').matchAll(/`([^`]+)`/g)].map(([, code]) => code!)
  })
}

/** Names that are not there. */
function unknownNames(text: string, commands: ReadonlySet<string>): string[] {
  return codeHere(text).flatMap((code) => {
    const members = [...code.matchAll(/(?<![\w.'])(\w+)\.(\w+)/g)].filter(
      ([, of, name]) => OBJECTS[of!] && !(name! in OBJECTS[of!]!),
    )
    const calls = [...code.matchAll(/(?<![\w.'#])(?:new )?([A-Za-z]\w*)\(/g)].filter(
      ([, name]) => !(name! in funq) && !THEIRS.includes(name!) && !METHODS.some((each) => name! in each),
    )
    const words = /^rq(?: [a-z][a-z-]*)+/.exec(code)?.[0]
    const isCommand = words === undefined || commands.has(words.split(' ').slice(0, 2).join(' '))
    return [...[...members, ...calls].map(([name]) => name), ...(isCommand ? [] : [words])]
  })
}

const leaves = await describeTree(rq, ['rq'])
/** Two words each: `rq job` is one, too. */
const commands = new Set(leaves.map(({ command }) => command.split(' ').slice(0, 2).join(' ')))

test.each(pages)('what %s says is here can be called', (page) => {
  expect(unknownNames(readFileSync(join(DOCS, page), 'utf8'), commands)).toEqual([])
})

test('names that are not there are found', () => {
  const text =
    '| `q.gone()` | `q.gone()`, `Queue.none`, `enqueu(add)`, `new Quue()`, `rq gone`, `q.count()` |'
  expect(unknownNames(text, commands)).toEqual(['q.gone', 'Queue.none', 'enqueu(', 'new Quue(', 'rq gone'])
})

test('docs/cron.md names every option that the jobs of an entry may have', () => {
  const row = /^\| job options .*$/m.exec(readFileSync(join(DOCS, 'cron.md'), 'utf8'))![0]
  const named = row.split(/[\s`|]+/)
  const taken = JOB_OPTION_NAMES.filter((name) => !['id', 'at', 'in'].includes(name))
  expect(taken.filter((name) => !named.includes(name))).toEqual([])
})
