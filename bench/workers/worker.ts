import type { WorkerOptions } from '../libs/library.ts'
import { loadLibrary } from '../libs/load.ts'
import { answer, askedToStop, type ProgramInput, readInput, readyToGo } from './program.ts'

export type WorkerInput = ProgramInput & WorkerOptions

const { library, endpoint, ...options } = readInput<WorkerInput>()
const { work } = await loadLibrary(library)
await readyToGo()
const worker = await work(endpoint, options)
answer({ working: true })
await askedToStop()
await worker.stop()
