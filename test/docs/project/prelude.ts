import { Queue, Worker } from 'funq'

/** What the documents' blocks use without saying where it comes from. */
export const q = new Queue('low')
export const url = 'data:text/plain,three short words'
export const urls = [url, 'data:text/plain,two words']
export const first = url
export const second = url

const worker = new Worker(['high', 'default', 'low', 'mail', 'reports'], {
  isolation: 'none',
  concurrency: 20,
})
const working = worker.run()

/** Runs one block, and says which one it was that failed. */
export async function step(line: number, block: () => Promise<void>): Promise<void> {
  try {
    await block()
  } catch (error) {
    console.error(`the block at line ${line} failed`)
    throw error
  }
}

export async function finish(): Promise<void> {
  await worker.stop()
  await working
}
