import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { linkedProject, ROOT, TSC, TSX } from '../kit/linked-project.ts'
import { programOf, snippetsOf } from './snippets.ts'

const run = promisify(execFile)
const PROJECT = new URL('project', import.meta.url).pathname
/** A database of its own: the documents use the default prefix. */
const REDIS = `${process.env.FUNQ_TEST_REDIS_URL}/8`
/** Written by programs, and tested by what writes them. */
const GENERATED = ['performance.md', 'cli.md', 'keys.md', 'ARCHITECTURE.md']

const documents = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((file) => file.endsWith('.md') && !GENERATED.includes(file))
    .map((file) => `docs/${file}`),
]

let project = ''

beforeAll(async () => {
  project = linkedProject('docs', [
    '@types/node',
    'ioredis',
    'pino',
    'vitest',
    'prom-client',
    'fastify',
    '@nestjs',
    'rxjs',
    '@opentelemetry',
  ])
  const redis = new Redis(REDIS)
  await redis.flushdb()
  await redis.quit()
  for (const document of documents) write(document)
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

/** Each document is a project of its own. */
function folderOf(document: string): string {
  return join(project, basename(document, '.md').toLowerCase())
}

/** Names by which the documents call what they do not import. */
function known(): Record<string, string[]> {
  const exported = (file: string) =>
    [...readFileSync(file, 'utf8').matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)].map(
      (match) => match[1]!,
    )
  const index = ['index', 'producer']
    .map((name) => readFileSync(join(ROOT, `lib/${name}.ts`), 'utf8'))
    .join('\n')
  const lists = [...index.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap((match) =>
    match[1]!.split(','),
  )
  const errors = exported(join(ROOT, 'lib/core/errors.ts'))
  return {
    funq: [...lists.map((name) => name.replace('type ', '').trim()).filter(Boolean), ...errors],
    './tasks.ts': exported(join(PROJECT, 'tasks.ts')),
    './prelude.ts': exported(join(PROJECT, 'prelude.ts')).filter(
      (name) => name !== 'at' && name !== 'finish',
    ),
  }
}

function write(document: string): void {
  const blocks = snippetsOf(join(ROOT, document)).filter(({ language }) => language === 'ts')
  const folder = folderOf(document)
  cpSync(new URL('project', import.meta.url), folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "name": "docs", "type": "module" }')
  for (const { file, code } of blocks) {
    if (file === undefined) continue
    // The tasks that all documents speak of are there already.
    const path = join(folder, file === 'tasks.ts' ? 'tasks-as-shown.ts' : file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, code)
  }
  const program = programOf(
    blocks.filter(({ file }) => file === undefined),
    known(),
  )
  writeFileSync(join(folder, 'run.ts'), program)
}

describe('the documentation', () => {
  test('shows code whose types are right', async () => {
    const tsconfig = {
      compilerOptions: {
        strict: true,
        target: 'es2023',
        module: 'nodenext',
        noEmit: true,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
        types: ['node'],
        experimentalDecorators: false,
      },
      include: ['**/*.ts'],
      exclude: ['**/nest', 'node_modules'],
    }
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
    // Its decorators are of the older kind.
    const nest = {
      extends: './tsconfig.json',
      compilerOptions: { experimentalDecorators: true, emitDecoratorMetadata: true },
      include: ['*/nest/*.ts'],
      exclude: [],
    }
    writeFileSync(join(project, 'tsconfig.nest.json'), JSON.stringify(nest))
    for (const config of ['tsconfig.json', 'tsconfig.nest.json']) {
      const { stdout } = await run(process.execPath, [TSC, '-p', join(project, config)]).catch(
        (error) => error,
      )
      expect(stdout).toBe('')
    }
  }, 120_000)

  test.each(documents)(
    '%s shows code that runs',
    async (document) => {
      const args = ['--import', TSX, 'run.ts']
      const env = {
        ...process.env,
        REDIS_URL: REDIS,
        NODE_OPTIONS: '',
        CODEC_SECRET: 'a secret of the documents',
      }
      const { stderr } = await run(process.execPath, args, {
        cwd: folderOf(document),
        env,
        timeout: 60_000,
      }).catch((error) => error)
      expect(stderr).toBe('')
    },
    90_000,
  )
})
