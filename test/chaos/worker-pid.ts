/** A worker's name holds the id of its process. */
export function pidOf(worker: string): number {
  return Number(worker.split('.').at(-2))
}
