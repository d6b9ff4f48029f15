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

let line = 0

/** Says which block of the document is next, for one that fails. */
export function at(next: number): void {
  line = next
}

process.on('uncaughtExceptionMonitor', () => console.error(`the block at line ${line} failed`))

export async function finish(): Promise<void> {
  await worker.stop()
  await working
}
