import type { Endpoint, Library } from './libs/library.ts'

const CHUNK = 1_000

/** Stores `jobs` jobs before anything is measured, and leaves no connection behind. */
export async function preload(library: Library, endpoint: Endpoint, jobs: number): Promise<void> {
  const producer = await library.produce(endpoint, { results: false })
  for (let left = jobs; left > 0; left -= CHUNK) await producer.enqueueMany(Math.min(left, CHUNK))
  await producer.close()
}
