import { afterEach, expect, test, vi } from 'vitest'
import { InvalidArgumentError } from '../../lib/core/errors.ts'
import { type Logger, silent, toLogger } from '../../lib/worker/logger.ts'

afterEach(() => void vi.restoreAllMocks())

test('without a logger nothing is said', () => {
  expect(toLogger(undefined)).toBe(silent)
})

test('console fits as it is', () => {
  const info = vi.spyOn(console, 'info').mockImplementation(() => {})
  toLogger(console).info('100% %s')
  expect(info.mock.calls).toEqual([['100% %s']])
})

test('a logger whose methods need their object keeps it', () => {
  class Pino {
    readonly lines: string[] = []
    debug(line: string) {
      this.lines.push(`debug ${line}`)
    }
    info(line: string) {
      this.lines.push(`info ${line}`)
    }
    warn(line: string) {
      this.lines.push(`warn ${line}`)
    }
    error(line: string) {
      this.lines.push(`error ${line}`)
    }
  }
  const pino = new Pino()
  const { debug, info, warn, error } = toLogger(pino)
  for (const log of [debug, info, warn, error]) log('x')
  expect(pino.lines).toEqual(['debug x', 'info x', 'warn x', 'error x'])
})

test('a logger that throws is warned of once, and throws no further', () => {
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const broken = {
    ...silent,
    info: () => {
      throw new Error('disk full')
    },
  }
  const log = toLogger(broken)
  log.info('a')
  log.info('b')
  expect(warning.mock.calls).toEqual([['the logger given to funq throws: Error: disk full']])
})

test('a missing method is an error that names it', () => {
  const log = { debug() {}, info() {} } as unknown as Logger
  expect(() => toLogger(log)).toThrow(InvalidArgumentError)
  expect(() => toLogger(log)).toThrow('warn, error missing')
  expect(() => toLogger(null as unknown as Logger)).toThrow(InvalidArgumentError)
})
