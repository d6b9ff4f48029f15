import { describe, expect, test } from 'vitest'
import { InvalidArgumentError } from '../../lib/core/errors.ts'
import { displayName, formatFunctionName, parseFunctionName } from '../../lib/core/function-name.ts'

describe('a name is split into module and export', () => {
  test.each([
    ['./tasks#countWords', './tasks', ['countWords'], false],
    ['./src/jobs/mail#default', './src/jobs/mail', ['default'], false],
    ['./reports#Reports.build', './reports', ['Reports', 'build'], false],
    ['./models#User.prototype.activate', './models', ['User', 'prototype', 'activate'], true],
    ['some-package/tasks#send', 'some-package/tasks', ['send'], false],
    ['some-package#send', 'some-package', ['send'], false],
    ['@scope/pkg/sub#fn', '@scope/pkg/sub', ['fn'], false],
    ['./with space/c#/tasks#fn', './with space/c#/tasks', ['fn'], false],
    ['./täsks#grüßen', './täsks', ['grüßen'], false],
  ])('%s', (name, module, exportPath, instance) => {
    const parsed = parseFunctionName(name)
    expect(parsed).toEqual({ module, exportPath, instance })
    expect(formatFunctionName(parsed)).toBe(name)
  })

  test.each(['ts', 'js', 'mts', 'mjs', 'cts', 'cjs', 'tsx', 'jsx'])(
    'the extension .%s is dropped',
    (extension) => {
      expect(parseFunctionName(`./src/tasks.${extension}#fn`).module).toBe('./src/tasks')
    },
  )
})

describe('a malformed name is refused with the reason', () => {
  test.each([
    ['./tasks', "no '#'"],
    ['', "no '#'"],
    ['#fn', "nothing stands before the '#'"],
    ['./tasks#', "a part after the '#' is empty"],
    ['./tasks#a..b', "a part after the '#' is empty"],
    ['./#fn', 'a part of its path is empty'],
    ['.#fn', 'a part of its path is empty'],
    ['./a//b#fn', 'a part of its path is empty'],
    ['./a/./b#fn', 'a part of its path is empty'],
    ['../tasks#fn', "'..'"],
    ['./a/../../b#fn', "'..'"],
    ['pkg/../other#fn', "'..'"],
    ['/etc/tasks#fn', 'absolute path'],
    ['C:/tasks#fn', 'URLs'],
    ['node:fs#rmSync', 'node:'],
    ['file:///tasks#fn', 'URLs'],
    ['data:text/javascript,1#fn', 'URLs'],
    ['.\\tasks#fn', 'backslash'],
    ['.hidden#fn', 'neither a package nor a path'],
    ['@scope#fn', 'neither a package nor a path'],
    ['./tasks#__proto__', "'__proto__' cannot be an export"],
    ['./tasks#fn.constructor', "'constructor' cannot be an export"],
    ['./tasks#prototype', "'prototype' only stands"],
    ['./tasks#User.prototype', "'prototype' only stands"],
    ['./tasks#a.prototype.prototype.b', "'prototype' only stands"],
    ['./ta\nsks#fn', 'control characters'],
    [`./${'x'.repeat(2000)}#fn`, 'longer than 1024'],
  ])('%s', (name, reason) => {
    expect(() => parseFunctionName(name)).toThrow(InvalidArgumentError)
    expect(() => parseFunctionName(name)).toThrow(reason)
  })

  test('the error shows the form that is expected and the value that came', () => {
    expect(() => parseFunctionName('countWords')).toThrow(/'\.\/tasks#countWords'.*got "countWords"/)
    expect(() => parseFunctionName(42 as never)).toThrow('got number 42')
  })
})

test.each([
  ['./tasks#countWords', 'tasks.countWords'],
  ['./src/jobs/mail.ts#send', 'mail.send'],
  ['./src/mail/index#send', 'mail.send'],
  ['./models#User.prototype.activate', 'models.User.activate'],
  ['./tasks#default', 'tasks'],
  ['@scope/pkg#fn', 'pkg.fn'],
  ['not a name', 'not a name'],
])('logs show %s as %s', (name, shown) => {
  expect(displayName(name)).toBe(shown)
})
