import type { Bench, Contender } from './case.ts'
import { Child } from './child.ts'
import type { Producer, TaskName } from './libs/library.ts'
import { isOfNode, loadLibrary } from './libs/load.ts'
import type { EnqueuerInput } from './workers/enqueuer.ts'

const CHUNK = 1_000

/** Stores `jobs` jobs before anything is measured, and leaves no connection behind. */
export async function preload(
  { name, library }: Contender,
  { endpoint }: Bench,
  jobs: number,
  task: TaskName = 'noop',
): Promise<void> {
  if (isOfNode(name)) return produce(name, { endpoint }, task, (producer) => enqueueAll(producer, jobs))
  const input: EnqueuerInput = { library: name, endpoint, jobs, warmUp: 0, inFlight: 1, jobsPerCall: 1 }
  const child = new Child('enqueuer', library, input)
  await child.answer()
  child.go()
  await child.answer()
  await child.stop()
}

/** A producer of this process, for as long as `use` takes. */
export async function produce<T>(
  name: Contender['name'],
  { endpoint }: Pick<Bench, 'endpoint'>,
  task: TaskName,
  use: (producer: Producer) => Promise<T>,
): Promise<T> {
  const producer = await (await loadLibrary(name)).produce(endpoint, { task, results: false })
  try {
    return await use(producer)
  } finally {
    await producer.close()
  }
}

async function enqueueAll(producer: Producer, jobs: number): Promise<void> {
  for (let left = jobs; left > 0; left -= CHUNK) {
    const count = Math.min(left, CHUNK)
    if (producer.enqueueMany) await producer.enqueueMany(count)
    else await Promise.all(Array.from({ length: count }, () => producer.enqueue()))
  }
}
