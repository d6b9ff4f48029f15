import { UsageError } from '../exit-codes.ts'
import type { NewFile } from './files.ts'

export interface JobTemplate {
  readonly queue: string
  /** A class with `perform` in place of a function. */
  readonly asClass: boolean
}

/** A job and its test. @param name words with dashes, underscores or capitals between them @throws UsageError */
export function jobFiles(name: string, { queue, asClass }: JobTemplate): NewFile[] {
  const words = wordsOf(name)
  const base = words.join('-')
  const pascal = words.map(capital).join('')
  const camel = pascal[0]!.toLowerCase() + pascal.slice(1)
  const [text, test] = asClass ? classText(pascal, base, queue) : functionText(camel, base, queue)
  return [
    { path: `jobs/${base}.ts`, text },
    { path: `jobs/${base}.test.ts`, text: test },
  ]
}

function functionText(name: string, base: string, queue: string): [string, string] {
  return [
    `import { job } from 'funq'

/** \`await ${name}.delay(1)\` enqueues it, \`${name}(1)\` calls it here. */
export const ${name} = job('${queue}', { retry: 3 })(async (id: number): Promise<string> => {
  return \`${base} \${id}\`
})
`,
    testText(name, base, `${name}.now(1)`, `${name}, 1`),
  ]
}

function classText(name: string, base: string, queue: string): [string, string] {
  return [
    `import { JobClass } from 'funq'

/** \`await ${name}.performLater(1)\` enqueues it, \`${name}.performNow(1)\` performs it here. */
export class ${name} extends JobClass {
  static override queue = '${queue}'
  static override options = { retry: 3 }

  async perform(id: number): Promise<string> {
    return \`${base} \${id}\`
  }
}
`,
    testText(name, base, `${name}.performNow(1)`, `${name}, 1`),
  ]
}

function testText(name: string, base: string, now: string, call: string): string {
  return `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Queue } from 'funq'
import { ${name} } from './${base}.ts'

test('${base} does its work', async () => {
  assert.equal(await ${now}, '${base} 1')
})

test('${base} runs as a job, its arguments and its result being data', async () => {
  const q = new Queue('test', { async: false })
  const job = await q.enqueue(${call})
  assert.equal(await job.returnValue(), '${base} 1')
})
`
}

function wordsOf(name: string): string[] {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .split(/[-_]+/)
    .map((word) => word.toLowerCase())
    .filter(Boolean)
  const isName =
    words.length > 0 && /^[a-z]/.test(words[0]!) && words.every((word) => /^[a-z0-9]+$/.test(word))
  if (isName && !RESERVED.has(words.join(''))) return words
  throw new UsageError(`expected a name such as order-create or OrderCreate, got '${name}'`)
}

/** Of one word, none of these can be a variable's name. */
const RESERVED = new Set(
  'await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield job queue test assert'.split(
    ' ',
  ),
)

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1)
}
