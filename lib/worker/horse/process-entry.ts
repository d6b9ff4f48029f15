import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
import { threadUrl } from './entry.ts'
import { Gate } from './gate.ts'
import { reportGrowth } from './growth.ts'
import { installLastWords } from './last-words.ts'
import { lineReader } from './lines.ts'
import { HorseLoop } from './loop.ts'
import { outliveReaders } from './output-readers.ts'
import { prepared } from './prepared.ts'
import type { HorseSettings, Order, Report } from './protocol.ts'
import { packReport, unpackOrder } from './wire.ts'

/** The file descriptors of the two lines to the worker, see process-horse.ts. */
const ORDERS_FD = 3
const REPORTS_FD = 4

const SHORT = 1_024
/** No character takes more than three bytes in UTF-8. */
const shared = Buffer.alloc(3 * SHORT)

// Taken off, so that a job that reads process.argv finds no words of ours.
const settings = JSON.parse(process.argv.splice(2).join()) as HorseSettings
const gate = new Gate()
const { maxMemoryMb } = settings
const tell = maxMemoryMb === undefined ? report : reportGrowth(report, maxMemoryMb)
const loop = new HorseLoop(settings, gate, tell)
const exit = installLastWords(loop, report)
const run = prepared(loop, settings, tell, () => exit(1))

startWarden()
outliveReaders()
// When to end is the worker's decision: a signal to the whole group of processes reaches the worker too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})

new Socket({ fd: ORDERS_FD, readable: true, writable: false })
  .setEncoding('utf8')
  .on(
    'data',
    lineReader((line) => obey(unpackOrder(line))),
  )
  .on('error', () => exit(0))
  .on('close', () => exit(0))

function obey(order: Order): void {
  if (order.kind === 'stop') exit(0)
  else run(order)
}

/** Synchronous: an answer is out before the next job begins, even if that one blocks for ever or kills the horse. */
function report(message: Report): void {
  const text = packReport(message)
  // Nearly all are short, and one piece of memory does for them.
  const isShort = text.length <= SHORT
  const bytes = isShort ? shared : Buffer.from(text)
  const length = isShort ? shared.write(text) : bytes.length
  try {
    for (let sent = 0; sent < length; ) sent += writeSync(REPORTS_FD, bytes, sent, length - sent)
  } catch {
    // Nobody listens: the worker is dead, and so is the lease of every job here.
    process.kill(process.pid, 'SIGKILL')
  }
}

function startWarden(): void {
  const warden = new Worker(threadUrl('warden'), {
    workerData: gate.memory,
    // Neither the flags nor the NODE_OPTIONS of the horse: what they load is for jobs.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  })
  warden.on('error', (error) => {
    report({ kind: 'dying', culprit: null, hint: `its warden failed: ${error}` })
    process.kill(process.pid, 'SIGKILL')
  })
}
