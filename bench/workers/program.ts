import { createInterface } from 'node:readline'
import type { Endpoint, LibraryName } from '../libs/library.ts'

/** What every program of this folder is told. */
export interface ProgramInput {
  readonly library: LibraryName
  readonly endpoint: Endpoint
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

export function readInput<T extends ProgramInput>(): T {
  // Child processes inherit these flags, and with them the TypeScript loader, which a compiled application has not.
  process.execArgv = []
  return JSON.parse(process.argv[2] ?? '') as T
}

export function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Says that all is prepared and waits for the word to begin, between which the bench reads the server's counters. */
export async function readyToGo(): Promise<void> {
  answer({ ready: true })
  await lines.next()
}

/** The end of the input, which asks the program to stop. */
export async function askedToStop(): Promise<void> {
  while (!(await lines.next()).done);
}
