import { once } from 'node:events'
import { loadLibrary, type WorkerOptions } from '../libs/library.ts'
import { answer, type ProgramInput, readInput } from './program.ts'

export type WorkerInput = ProgramInput & WorkerOptions

const { library, endpoint, ...options } = readInput<WorkerInput>()
// Child processes inherit these flags, and with them the TypeScript loader, which a compiled application has not.
process.execArgv = []

const { consumer } = await loadLibrary(library)
const worker = await consumer!.work(endpoint, options)
answer({ ready: true })

process.stdin.resume()
await once(process.stdin, 'end')
await worker.stop()
