import { loadLibrary } from '../libs/load.ts'
import { answer, askedToStop, type ProgramInput, readInput } from './program.ts'

export interface IdlersInput extends ProgramInput {
  readonly workers: number
}

const AT_ONCE = 50

const { library, endpoint, workers } = readInput<IdlersInput>()
const { work } = await loadLibrary(library)
const running: Awaited<ReturnType<typeof work>>[] = []
while (running.length < workers) {
  const some = Array.from({ length: Math.min(AT_ONCE, workers - running.length) }, () =>
    work(endpoint, { task: 'noop', isolation: 'none', concurrency: 1 }),
  )
  running.push(...(await Promise.all(some)))
}
answer({ working: running.length })
await askedToStop()
await Promise.all(running.map((worker) => worker.stop()))
