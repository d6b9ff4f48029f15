import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Project } from '../fixtures/naming/project.ts'

/** Names what a program gives it, in a process of its own, and prints the names or errors. */
function program(project: Project, imports: string, functions: string): string {
  return `
    import { nameOf } from '${project.lib('queue/name-of.js')}'
    ${imports}
    const names = []
    for (const fn of [${functions}]) {
      names.push(await Promise.resolve(nameOf(fn)).catch((error) => error.name + ': ' + error.message))
    }
    console.log(JSON.stringify(names))
  `
}

const TASKS = `
  export async function declared() {}
  export const arrow = () => 1
  export default () => 2
  export class Reports { static build() {} }
`
const COMMONJS = `
  const send = () => 1
  const exported = {}
  exported['comp' + 'uted'] = () => 2
  module.exports = { send, ...exported }
`

let project: Project
beforeAll(() => {
  project = new Project({
    'src/tasks.js': TASKS,
    'src/typed.ts': `${TASKS}export enum Colour { red }\nexport const typed = (x: Colour): number => x`,
    'src/require.cjs': COMMONJS,
    'src/legacy.cts': 'export const legacy = (x: number): number => x\nexport enum Size { s }',
  })
  project.link('tsx')
})
afterAll(() => project[Symbol.dispose]())

describe('plain Node', () => {
  test('names functions of ES modules and of CommonJS', async () => {
    project.write({
      'app.mjs': program(
        project,
        `import tasks, { declared, arrow, Reports } from './src/tasks.js'
         import commonJs from './src/require.cjs'`,
        'tasks, declared, arrow, Reports.build, commonJs.send, commonJs.computed',
      ),
    })
    expect(await project.run(['app.mjs'])).toEqual([
      './src/tasks#default',
      './src/tasks#declared',
      './src/tasks#arrow',
      './src/tasks#Reports.build',
      './src/require#send',
      './src/require#computed',
    ])
  })

  test('keeps the query of a URL for the import and out of the name', async () => {
    project.write({
      'app.mjs': program(project, `const { arrow } = await import('./src/tasks.js?t=1')`, 'arrow'),
    })
    expect(await project.run(['app.mjs'])).toEqual(['./src/tasks#arrow'])
  })

  test('refuses a function of the entry module, exported or not', async () => {
    project.write({ 'app.mjs': program(project, 'export function mine() {}', 'mine, () => 1') })
    const refused =
      'UnnamableFunctionError: Functions from the entry module (app.mjs) cannot be processed by workers'
    expect(await project.run(['app.mjs'])).toEqual([
      expect.stringContaining(refused),
      expect.stringContaining(refused),
    ])
  })

  test('refuses a function of an entry module that was given without its extension', async () => {
    project.write({ 'cli/package.json': '{}', 'cli/index.js': commonJsProgram(project) })
    expect(await project.run(['cli'])).toEqual([expect.stringContaining('entry module (index.js)')])
  })

  test('refuses code from the command line', async () => {
    const code = program(project, '', '() => 1')
    expect(await project.run(['--input-type=module', '-e', code])).toEqual([
      expect.stringContaining('workers cannot load'),
    ])
  })

  test('works in a worker thread', async () => {
    project.write({
      'thread.mjs': program(project, `import { arrow } from './src/tasks.js'`, 'arrow'),
      'app.mjs': `import { Worker } from 'node:worker_threads'; new Worker(new URL('./thread.mjs', import.meta.url))`,
    })
    expect(await project.run(['app.mjs'])).toEqual(['./src/tasks#arrow'])
  })

  test('leaves the process free to end, and its own debugger session open', async () => {
    project.write({
      'app.mjs': `
        import { Session } from 'node:inspector'
        import { nameOf } from '${project.lib('queue/name-of.js')}'
        import { arrow } from './src/tasks.js'
        const mine = new Session()
        mine.connect()
        mine.post('Debugger.enable')
        await nameOf(arrow)
        const parsed = []
        mine.on('Debugger.scriptParsed', ({ params }) => parsed.push(params.url))
        new Function('//# sourceURL=still-watching')
        console.log(JSON.stringify(parsed))`,
    })
    expect(await project.run(['app.mjs'])).toContain('still-watching')
  })
})

describe('tsx', () => {
  test('names functions of TypeScript modules of both kinds', async () => {
    project.write({
      'app.ts': program(
        project,
        `import standard, { declared, typed, Reports } from './src/typed'
         import { legacy } from './src/legacy.cts'`,
        'standard, declared, typed, Reports.build, legacy',
      ),
    })
    expect(await project.run(['--import', 'tsx', 'app.ts'])).toEqual([
      './src/typed#default',
      './src/typed#declared',
      './src/typed#typed',
      './src/typed#Reports.build',
      './src/legacy#legacy',
    ])
  })

  test('refuses a function of the entry module', async () => {
    project.write({ 'app.ts': program(project, 'const mine = (x: number) => x', 'mine') })
    expect(await project.run(['node_modules/tsx/dist/cli.mjs', 'app.ts'])).toEqual([
      expect.stringContaining('entry module (app.ts)'),
    ])
  })
})

describe('packages', () => {
  test('an installed package is named by the specifier that gives the file', async () => {
    project.write({
      'node_modules/mailer/package.json': '{ "name": "mailer", "type": "module", "main": "./lib/main.js" }',
      'node_modules/mailer/lib/main.js': 'export const main = () => 1',
      'node_modules/mailer/tasks.js': 'export const send = () => 1',
      'node_modules/@scope/jobs/package.json': JSON.stringify({
        name: '@scope/jobs',
        exports: {
          '.': { import: './dist/index.mjs', require: './dist/index.cjs' },
          './sub': './dist/deep.mjs',
        },
      }),
      'node_modules/@scope/jobs/dist/index.mjs': `export const scoped = () => 1; export { hidden } from './hidden.mjs'`,
      'node_modules/@scope/jobs/dist/deep.mjs': 'export const deep = () => 1',
      'node_modules/@scope/jobs/dist/hidden.mjs': 'export const hidden = () => 1',
      'app.mjs': program(
        project,
        `import { main } from 'mailer'
         import { send } from 'mailer/tasks.js'
         import { scoped, hidden } from '@scope/jobs'
         import { deep } from '@scope/jobs/sub'`,
        'main, send, scoped, deep, hidden',
      ),
    })
    expect(await project.run(['app.mjs'])).toEqual([
      'mailer#main',
      'mailer/tasks#send',
      '@scope/jobs#scoped',
      '@scope/jobs/sub#deep',
      expect.stringContaining('no module of an installed package'),
    ])
  })

  test('a file outside the project is refused', async () => {
    using other = new Project({ 'tasks.js': 'export const outside = () => 1' })
    project.write({
      'app.mjs': program(project, `import { outside } from '${other.root}/tasks.js'`, 'outside'),
    })
    expect(await project.run(['app.mjs'])).toEqual([expect.stringContaining('lies outside the project')])
  })
})

function commonJsProgram(project: Project): string {
  return `import('${project.lib('queue/name-of.js')}')
    .then(({ nameOf }) => nameOf(() => 1))
    .catch((error) => console.log(JSON.stringify([error.message])))`
}
