import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Project } from '../fixtures/naming/project.ts'

/** Loads each name in a process of its own and prints what its function returns, or the error's message. */
function program(project: Project, names: readonly string[]): string {
  return `
    import { loadTask } from '${project.lib('run/load.js')}'
    const results = []
    for (const name of ${JSON.stringify(names)}) {
      try {
        const { fn } = await loadTask(name, { roots: [import.meta.dirname] })
        results.push(await fn())
      } catch (error) {
        results.push(error.name + ': ' + error.message)
      }
    }
    console.log(JSON.stringify(results))
  `
}

async function load(project: Project, ...names: string[]): Promise<string[]> {
  project.write({ 'app.mjs': program(project, names) })
  return project.run(['app.mjs'])
}

const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript)

const TYPESCRIPT = {
  'tasks.ts': `import { Colour } from './colour'\nexport const typed = (x: number = 1): string => Colour[x]!`,
  'colour.ts': 'export enum Colour { red, green }',
  'legacy.cts': 'import size = require("./size.cts")\nexport const legacy = () => size.Size[0]',
  'size.cts': 'export enum Size { small }',
  'folder/index.ts': `export const indexed = (): string => 'indexed'`,
  'standard.ts': `
    function log(target: Function, context: ClassMethodDecoratorContext): any {
      return () => 'decorated ' + String(context.name)
    }
    export class Reports { @log static build() {} }`,
}

describe('TypeScript through the tsx of the project, with nothing set up', () => {
  test('enums, imports without extension, CommonJS and standard decorators work', async () => {
    using project = new Project(TYPESCRIPT)
    project.link('tsx')
    expect(
      await load(
        project,
        './tasks#typed',
        './legacy#legacy',
        './folder/index#indexed',
        './folder#indexed',
        './standard#Reports.build',
      ),
    ).toEqual(['green', 'small', 'indexed', 'indexed', 'decorated build'])
  })

  test('the tsconfig of the project holds, wherever the process was started', async () => {
    using project = new Project({
      'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
      'experimental.ts': `
        function log(target: object, name: string, descriptor: PropertyDescriptor) {
          descriptor.value = () => 'decorated ' + name
        }
        export class Reports { @log static build() {} }`,
    })
    project.link('tsx')
    project.write({ 'app.mjs': program(project, ['./experimental#Reports.build']) })
    expect(await project.run([join(project.root, 'app.mjs')], '/')).toEqual(['decorated build'])
  })

  test('CommonJS packages of TypeScript work', async () => {
    using project = new Project({
      'package.json': '{ "name": "app", "type": "commonjs" }',
      'tasks.ts': `export enum Size { small }\nexport const typed = (): string => Size[0]!\nexport default () => 'main'`,
    })
    project.link('tsx')
    expect(await load(project, './tasks#typed', './tasks#default')).toEqual(['small', 'main'])
  })

  test('it works in a worker thread, and where tsx runs already', async () => {
    using project = new Project(TYPESCRIPT)
    project.link('tsx')
    project.write({
      'thread.mjs': program(project, ['./tasks#typed', './standard#Reports.build']),
      'app.mjs': `import { Worker } from 'node:worker_threads'; new Worker(new URL('./thread.mjs', import.meta.url))`,
    })
    expect(await project.run(['app.mjs'])).toEqual(['green', 'decorated build'])
    expect(await project.run(['--import', 'tsx', 'thread.mjs'])).toEqual(['green', 'decorated build'])
    // The thread has the flag, and not what it loads.
    expect(await project.run(['--import', 'tsx', 'app.mjs'])).toEqual(['green', 'decorated build'])
  })
})

describe('TypeScript without tsx', () => {
  const PLAIN = { 'plain.ts': 'export const plain = (x: number = 2): number => x' }

  test('Node strips types if it can; what it cannot load is explained', async () => {
    using project = new Project({ ...TYPESCRIPT, ...PLAIN })
    const unsupported = expect.stringContaining('decorators, enums and parameter properties need tsx')
    const install = expect.stringMatching(/cannot load .*\.ts: .*npm install tsx.* Node 22\.18/)
    expect(
      await load(project, './plain#plain', './colour#x', './standard#Reports.build', './tasks#typed'),
    ).toEqual(
      stripsTypes
        ? [2, unsupported, unsupported, expect.stringContaining('Node needs the .ts in import paths')]
        : [install, install, install, install],
    )
  })

  test('the build output beside the source is taken where TypeScript cannot be loaded', async () => {
    using project = new Project({ ...PLAIN, 'plain.js': 'export const plain = () => 2' })
    expect(await load(project, './plain#plain')).toEqual([2])
  })
})

describe('packages', () => {
  test('the exports of a package decide, by the conditions of import()', async () => {
    using project = new Project({
      'node_modules/@scope/jobs/package.json': JSON.stringify({
        exports: {
          '.': [{ types: './x.d.ts', import: './index.mjs' }],
          './tasks/*': { node: { import: './dist/*.mjs' } },
          './closed': null,
        },
      }),
      'node_modules/@scope/jobs/index.mjs': `export const main = () => 'main'`,
      'node_modules/@scope/jobs/dist/mail.mjs': `export const send = () => 'sent'`,
      'node_modules/plain/package.json': '{ "main": "./lib" }',
      'node_modules/plain/lib/index.js': `exports.main = () => 'plain'`,
      'node_modules/plain/deep/tasks.js': `exports.deep = () => 'deep'`,
    })
    const names = ['@scope/jobs#main', '@scope/jobs/tasks/mail#send', 'plain#main', 'plain/deep/tasks#deep']
    expect(await load(project, ...names, '@scope/jobs/dist/mail#send', '@scope/jobs/closed#x')).toEqual([
      'main',
      'sent',
      'plain',
      'deep',
      expect.stringContaining("cannot find the module '@scope/jobs/dist/mail'"),
      expect.stringContaining("cannot find the module '@scope/jobs/closed'"),
    ])
  })
})

test('a symbolic link that leads out of the root is refused, one within it is followed', async () => {
  using outside = new Project({ 'secret.js': 'export const secret = () => 1' })
  using project = new Project({ 'real.js': `export const task = () => 'real'` })
  symlinkSync(join(outside.root, 'secret.js'), join(project.root, 'file.js'))
  symlinkSync(outside.root, join(project.root, 'folder'))
  symlinkSync(join(project.root, 'real.js'), join(project.root, 'link.js'))
  expect(await load(project, './file#secret', './folder/secret#secret', './link#task')).toEqual([
    expect.stringContaining('leads out of'),
    expect.stringContaining('leads out of'),
    'real',
  ])
})
