import type { Endpoint, LibraryName } from '../libs/library.ts'

/** What every program of this folder is told. */
export interface ProgramInput {
  readonly library: LibraryName
  readonly endpoint: Endpoint
}

export function readInput<T extends ProgramInput>(): T {
  return JSON.parse(process.argv[2] ?? '') as T
}

export function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
