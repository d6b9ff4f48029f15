import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { InvalidJobError } from '../../lib/core/errors.ts'
import { loadTask } from '../../lib/run/load.ts'
import { Project } from '../fixtures/naming/project.ts'
import * as tasks from '../fixtures/naming/tasks.ts'

const FIXTURES = join(import.meta.dirname, '../fixtures/naming')
const load = (name: string, roots: readonly string[] = [FIXTURES]) => loadTask(name, { roots })

async function call(name: string, ...args: unknown[]): Promise<unknown> {
  const { fn } = await load(name)
  return fn(...args)
}

describe('a name leads to the function', () => {
  test.each([
    ['a named export', './tasks#countWords', ['a b c'], 3],
    ['an arrow function', './tasks#arrow', [1], 2],
    ['the default export', './tasks#default', [], 'default'],
    ['a module given with its extension', './tasks.ts#renamed', [], 'renamed'],
    ['a function in exported objects', './tasks#jobs.mail.send', ['me'], 'sent to me'],
    ['a function in a namespace', './namespace#reports.nested', [], 'nested'],
    ['a named export of CommonJS', './cjs/named#send', [], 'cjs named'],
    ['an export of CommonJS that only running it shows', './cjs/named#computed', [], 'cjs computed'],
    ['module.exports', './cjs/single#default', [], 'cjs single'],
    ['a property of a function that is module.exports', './cjs/single#other', [], 'cjs other'],
    ['the default of a compiled module', './cjs/compiled#default', [], 'compiled default'],
    ['a getter of a compiled module', './cjs/compiled#late', [], 'compiled late'],
  ])('%s', async (_, name, args, result) => {
    expect(await call(name, ...args)).toBe(result)
  })

  test('a static method keeps its class as this, a wrapped one too', async () => {
    expect(await call('./tasks#Reports.build', 7)).toBe('report 7')
    expect(await call('./tasks#Reports.wrapped', 7)).toBe('report 7')
  })

  test('an instance method takes its instance as this, an inherited one too', async () => {
    const { fn, instance } = await load('./tasks#Quarterly.prototype.activate')
    expect(instance).toBe(true)
    expect(fn.call(new tasks.Quarterly(), 'me')).toBe('activated by me')
  })

  test('a wrapper gives the function that it wraps', async () => {
    expect((await load('./tasks#sumJob')).fn).toBe(tasks.sum)
  })

  test('the module is the one that is loaded already', async () => {
    expect((await load('./tasks#countWords')).fn).toBe(tasks.countWords)
  })

  test('it is found once', () => {
    expect(load('./tasks#arrow')).toBe(load('./tasks#arrow'))
  })

  test('roots are tried in order', async () => {
    const { fn } = await load('./tasks#arrow', [`${FIXTURES}/cjs`, FIXTURES])
    expect(fn).toBe(tasks.arrow)
  })
})

describe('a name that leads nowhere is an InvalidJobError', () => {
  test.each([
    ['a malformed name', 'tasks.countWords', "no '#'"],
    ['a way out of the root', './../errors#x', "'..' would lead out"],
    ['an absolute path', '/etc/passwd#x', 'absolute path'],
    ['a built-in module', 'node:fs#rmSync', 'node: modules cannot be run'],
    ['a built-in module by its bare name', 'fs#rmSync', "cannot find the module 'fs'"],
    ['a missing module', './missing#x', `Tried ${FIXTURES}/missing.ts`],
    ['a missing package', 'no-such-package/tasks#x', "A path in the project starts with './'"],
    ['a missing export, with the nearest', './tasks#countWord', "Did you mean 'countWords'?"],
    ['a missing export, with what there is', './deeper#x', 'It exports nested.'],
    ['an export that is no function', './tasks#notAFunction', 'is no function'],
    ['a class', './tasks#Reports', 'name one of its methods'],
    ['an inherited property', './tasks#toString', "does not export 'toString'"],
    ['a property that every function has', './tasks#arrow.call', "does not export 'arrow.call'"],
    ['a getter of the program', './tasks#lazy.connection', "does not export 'lazy.connection'"],
  ])('%s', async (_, name, message) => {
    await expect(load(name)).rejects.toThrow(InvalidJobError)
    await expect(load(name)).rejects.toThrow(message)
  })

  test('every path tried is named', async () => {
    using project = new Project({})
    const { message } = await load('./missing#x', [project.root]).catch((error) => error)
    for (const end of [
      '.ts',
      '.mts',
      '.cts',
      '.tsx',
      '.js',
      '.mjs',
      '.cjs',
      '.jsx',
      '/index.ts',
      '/index.js',
    ]) {
      expect(message).toContain(`${project.root}/missing${end}`)
    }
  })

  test('what the module threw is kept as the cause', async () => {
    const error = await load('./throws#x').catch((each) => each)
    expect(error).toBeInstanceOf(InvalidJobError)
    expect(error.message).toContain('RangeError: no database')
    expect(error.cause).toBeInstanceOf(RangeError)
  })

  test('a miss is not kept, so that a module that appears later is found', async () => {
    using project = new Project({})
    await expect(load('./late#x', [project.root])).rejects.toThrow('cannot find')
    project.write({ 'late.js': 'export const x = () => "here"' })
    const { fn } = await load('./late#x', [project.root])
    expect(fn()).toBe('here')
  })
})
