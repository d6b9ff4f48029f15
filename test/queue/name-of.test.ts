import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import { UnnamableFunctionError } from '../../lib/core/errors.ts'
import { nameOf, nameOfMethod } from '../../lib/queue/name-of.ts'
import * as tasks from '../fixtures/naming/tasks.ts'

const FIXTURES = './test/fixtures/naming'

describe('a function is named by the module and the export that it is', () => {
  test.each([
    ['a function declaration', tasks.countWords, 'tasks#countWords'],
    ['an arrow function', tasks.arrow, 'tasks#arrow'],
    ['a function exported under another name', tasks.renamed, 'tasks#renamed'],
    ['a default export', tasks.default, 'tasks#default'],
    ['a static method', tasks.Reports.build, 'tasks#Reports.build'],
    ['a function in exported objects', tasks.jobs.mail.send, 'tasks#jobs.mail.send'],
    ['a wrapper', tasks.add, 'tasks#add'],
    ['a wrapped static method', tasks.Reports.wrapped, 'tasks#Reports.wrapped'],
    ['a function that is exported beside its wrapper', tasks.sum, 'tasks#sum'],
    ['a wrapper that is exported beside its function', tasks.sumJob, 'tasks#sumJob'],
  ])('%s', async (_, fn, name) => {
    expect(await nameOf(fn)).toBe(`${FIXTURES}/${name}`)
  })

  test('a function in a namespace that its own module does not have', async () => {
    const { reports } = await import('../fixtures/naming/namespace.ts')
    expect(await nameOf(reports.nested)).toBe(`${FIXTURES}/deeper#nested`)
  })

  test('a function of a wrapper that only the wrapper exports', async () => {
    const original = (tasks.add as never)[Symbol.for('funq.task')] as () => unknown
    expect(await nameOf(original)).toBe(`${FIXTURES}/tasks#add`)
  })
})

describe('CommonJS', () => {
  const require = createRequire(import.meta.url)

  test.each([
    ['a property of exports', '../fixtures/naming/cjs/named.js', 'send', 'named#send'],
    [
      'a property that only running the module shows',
      '../fixtures/naming/cjs/named.js',
      'computed',
      'named#computed',
    ],
    ['module.exports itself', '../fixtures/naming/cjs/single.js', '', 'single#default'],
    [
      'a property of a function that is module.exports',
      '../fixtures/naming/cjs/single.js',
      'other',
      'single#other',
    ],
    ['the default of a compiled module', '../fixtures/naming/cjs/compiled.js', 'default', 'compiled#default'],
    ['a getter of a compiled module', '../fixtures/naming/cjs/compiled.js', 'late', 'compiled#late'],
  ])('%s', async (_, path, key, name) => {
    const module = require(path)
    expect(await nameOf(key === '' ? module : module[key])).toBe(`${FIXTURES}/cjs/${name}`)
  })
})

test('a name is known at once the second time', async () => {
  await nameOf(tasks.countWords)
  expect(nameOf(tasks.countWords)).toBe(`${FIXTURES}/tasks#countWords`)
})

test('calls that come while a name is being found share the search', () => {
  const fresh = tasks.timesOpened
  expect(nameOf(fresh)).toBe(nameOf(fresh))
})

test('an explicit name is taken as it is', () => {
  expect(nameOf(tasks.named)).toBe('./elsewhere#named')
})

test('a method for an instance is named through its class', async () => {
  expect(await nameOfMethod(tasks.Reports, 'activate')).toBe(`${FIXTURES}/tasks#Reports.prototype.activate`)
  expect(nameOfMethod(tasks.Reports, 'activate')).toBe(`${FIXTURES}/tasks#Reports.prototype.activate`)
})

test('the getters of exported objects are left alone', async () => {
  await nameOf(tasks.jobs.mail.send)
  expect(tasks.timesOpened()).toBe(0)
})

describe('what no worker could find is refused, and the error says what to do', () => {
  const notExported = () => 1
  const closure = tasks.makeClosure()

  test.each([
    ['what is no function', 42, 'expected a function'],
    ['nothing', undefined, 'expected a function'],
    ['a bound function', tasks.countWords.bind(null), 'is bound'],
    ['a built-in function', Math.max, 'built into the runtime'],
    ['a proxy', new Proxy(tasks.countWords, {}), 'is a Proxy'],
    ['a class', tasks.Reports, 'is a class'],
    ['a function that is not exported', tasks.reveal(), 'is not exported from ./test/fixtures/naming/tasks'],
    ['a function of this file', notExported, 'is not exported from ./test/queue/name-of.test'],
    [
      'an anonymous function',
      (
        () => () =>
          1
      )(),
      'the anonymous function is not exported',
    ],
    ['a function that was made elsewhere', closure, 'or, if another module exports it, pass its name'],
    ['a method without its instance', tasks.Reports.prototype.activate, 'delay(instance).activate()'],
    ['generated code', new Function('return 1'), 'move it to a module of its own'],
  ])('%s', async (_, fn, message) => {
    const refused = Promise.resolve(nameOf(fn as never))
    await expect(refused).rejects.toThrow(UnnamableFunctionError)
    await expect(refused).rejects.toThrow(message)
  })
})
