import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { didYouMean } from '../lib/core/did-you-mean.ts'
import { toMs } from '../lib/core/duration.ts'
import { LONGEST_TIMER_MS } from '../lib/core/longest-timer.ts'
import { UsageError } from './exit-codes.ts'

/** A whole number of at least 1. */
export function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new UsageError(`expected a whole number from 1 to 999999, got '${text}'`)
}

/** A whole number of at least 0. */
export function countOrZero(text: string): number {
  return text === '0' ? 0 : count(text)
}

/** As priorities are: also below 0. */
export function wholeNumber(text: string): number {
  if (/^-?\d{1,6}$/.test(text)) return Number(text)
  throw new UsageError(`expected a whole number, got '${text}'`)
}

/** A duration, checked but still as text: '500ms', '30s', '5m', or a number of seconds. */
export function duration(text: string): string {
  toMs(text, 'duration')
  return text
}

/** As `duration`, or -1 for without end. */
export function durationOrForever(text: string): string | number {
  return text === '-1' ? -1 : duration(text)
}

/** One of a few words, in upper or lower case. */
export function oneOf<W extends string>(
  words: readonly W[],
  synonyms: Readonly<Record<string, W>> = {},
): (text: string) => W {
  return (text) => {
    const word = text.toLowerCase()
    const found =
      words.find((each) => each === word) ?? (Object.hasOwn(synonyms, word) ? synonyms[word] : undefined)
    if (found !== undefined) return found
    throw new UsageError(`expected one of ${words.join(', ')}, got '${text}'.${didYouMean(word, words)}`)
  }
}

/** A module: a file of this machine as an absolute path, or a package's name. */
export function moduleName(text: string): string {
  const path = resolve(text)
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path
  if (text !== '' && !/^\.{0,2}[\\/]/.test(text)) return text
  throw new UsageError(`expected a module, got '${text}'; there is none at ${path}`)
}

/** Of a variable: anything but an empty text, no, false, off and 0. */
export function yesOrNo(text: string): boolean {
  return !/^(no|false|off|0|)$/i.test(text.trim())
}

/** A folder that exists, as an absolute path. */
export function folder(text: string): string {
  const path = resolve(text)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  throw new UsageError(`expected a folder, got '${text}'; there is none at ${path}`)
}

export function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new UsageError(`expected a port from 0 to 65535, got '${text}'`)
}

/** How often to look again, in milliseconds. */
export function interval(text: string): number {
  const ms = toMs(text, 'interval')
  if (ms >= 100) return Math.min(ms, LONGEST_TIMER_MS)
  throw new UsageError(`expected at least 0.1 seconds, got '${text}'`)
}
