import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import * as funq from '../lib/index.ts'

const ROOT = new URL('..', import.meta.url).pathname

/** What each floor may import, besides itself. */
const FLOORS: Record<string, readonly string[]> = {
  'lib/core': [],
  'lib/redis': ['lib/core'],
  'lib/memory': ['lib/core'],
  'lib/run': ['lib/core'],
  'lib/queue': ['lib/core', 'lib/redis', 'lib/memory', 'lib/run'],
  'lib/metrics': ['lib/core', 'lib/redis', 'lib/queue'],
  'lib/alerts': ['lib/core', 'lib/redis', 'lib/queue'],
  'lib/opentelemetry': ['lib/core', 'lib/redis', 'lib/run', 'lib/queue'],
  'lib/worker': ['lib/core', 'lib/redis', 'lib/run', 'lib/queue', 'lib/metrics'],
  'lib/dashboard': ['lib/core', 'lib/redis', 'lib/queue', 'lib/worker', 'lib/metrics'],
  'lib/config': ['lib/core', 'lib/redis', 'lib/run', 'lib/queue', 'lib/worker'],
  'lib/frameworks': ['lib/core', 'lib/run', 'lib/queue', 'lib/worker'],
  'lib/testing': ['lib/core', 'lib/redis', 'lib/memory', 'lib/run', 'lib/queue', 'lib/worker'],
  cli: [
    'lib/core',
    'lib/redis',
    'lib/run',
    'lib/queue',
    'lib/worker',
    'lib/metrics',
    'lib/dashboard',
    'lib/config',
  ],
}
const LONGEST = 350

const files = Object.keys(FLOORS).flatMap((floor) =>
  readdirSync(join(ROOT, floor), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.gen.ts'))
    .map((file) => join(floor, file)),
)

function floorOf(file: string): string | undefined {
  return Object.keys(FLOORS).find((floor) => file.startsWith(`${floor}/`))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const paths = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1]!)
  return paths.map((path) => relative(ROOT, join(ROOT, dirname(file), path)))
}

test('imports go down only', () => {
  const upward = files.flatMap((file) => {
    const floor = floorOf(file)!
    return importsOf(file)
      .filter((target) => floorOf(target) !== floor && !FLOORS[floor]!.includes(floorOf(target) ?? target))
      .map((target) => `${file} imports ${target}`)
  })
  expect(upward).toEqual([])
})

test('only lib/redis knows ioredis', () => {
  const others = files.filter(
    (file) => !file.startsWith('lib/redis/') && /from 'ioredis'/.test(readFileSync(join(ROOT, file), 'utf8')),
  )
  expect(others).toEqual([])
})

test('files stay small', () => {
  const long = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > LONGEST)
  expect(long).toEqual([])
})

describe('the public surface', () => {
  test('is what it is meant to be', () => {
    const errors = Object.keys(funq).filter((name) => name.endsWith('Error'))
    expect(
      Object.keys(funq)
        .filter((name) => !errors.includes(name))
        .sort(),
    ).toEqual([
      'Cancel',
      'Cron',
      'DontPerform',
      'Group',
      'Job',
      'JobClass',
      'Queue',
      'QueueWith',
      'RecordRef',
      'Registry',
      'Retry',
      'Snooze',
      'Worker',
      'WorkerPool',
      'background',
      'call',
      'callWith',
      'chain',
      'chord',
      'configure',
      'currentJob',
      'delay',
      'encryption',
      'enqueue',
      'isSuspended',
      'isWorker',
      'job',
      'jobFields',
      'loadConfig',
      'provideContext',
      'registerClass',
      'registerType',
      'resume',
      'sendKillHorse',
      'sendShutdown',
      'sendStopJob',
      'step',
      'suspend',
      'use',
      'watchEvents',
    ])
  })

  test('says of each name what it is for', () => {
    const { entryPoints } = JSON.parse(readFileSync(join(ROOT, 'typedoc.json'), 'utf8'))
    const entries = (entryPoints as string[]).map((entry) => join(ROOT, entry))
    const options = { noLib: true, types: [] }
    const host = ts.createCompilerHost(options)
    // Our own files only: packages would take most of the time.
    host.resolveModuleNameLiterals = (names, from) =>
      names.map(({ text }) => ({
        resolvedModule: text.startsWith('.')
          ? { resolvedFileName: join(dirname(from), text), extension: ts.Extension.Ts }
          : undefined,
      }))
    const program = ts.createProgram(entries, options, host)
    const checker = program.getTypeChecker()
    const bare = entries.flatMap((entry) => {
      const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)
      return (module ? checker.getExportsOfModule(module) : [])
        .filter((named) => {
          const isAlias = named.flags & ts.SymbolFlags.Alias
          const symbol = isAlias ? checker.getAliasedSymbol(named) : named
          return symbol.getDocumentationComment(checker).length === 0
        })
        .map(({ name }) => `${relative(ROOT, entry)}: ${name}`)
    })
    expect(bare).toEqual([])
  })

  test('names each error by its class and a code of its own', () => {
    const classes = Object.entries(funq).filter(([name]) => name.endsWith('Error') && name !== 'FunqError')
    const codes = classes.map(([, type]) => {
      const error = new (type as new (message: string) => funq.FunqError)('message')
      expect(error).toBeInstanceOf(funq.FunqError)
      return error.code
    })
    expect(new Set(codes).size).toBe(classes.length)
  })
})
