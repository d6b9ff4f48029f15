import { setTimeout as delay } from 'node:timers/promises'
import { currentJob } from '../../lib/run/current-job.ts'

/** The jobs of `rq demo`. */

export function countWords(text: string): number {
  return text.split(/\s+/).length
}

export async function slow(seconds: number): Promise<string> {
  await delay(seconds * 1_000, undefined, { signal: currentJob()!.signal })
  return `waited ${seconds} s`
}

export function failing(): never {
  throw new Error('this job always fails: see it with rq failed')
}

/** Fails once. */
export function flaky(): string {
  if (currentJob()!.attempt === 1) throw new Error('not at the first attempt')
  return 'it worked at the second attempt'
}

export function sum(...numbers: number[]): number {
  return numbers.reduce((total, n) => total + n, 0)
}
