import { Queue } from 'funq/producer'

/** One a process, however often a development server loads this module anew. */
const known = globalThis as { low?: Queue }

export function low(): Queue {
  known.low ??= new Queue('low')
  return known.low
}

/** By its path, for the bundle of a route is not what a worker loads. */
export const COUNT_WORDS = './tasks#countWords'
