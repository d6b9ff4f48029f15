import { parentPort, workerData } from 'node:worker_threads'
import { Gate } from './gate.ts'
import { installLastWords } from './last-words.ts'
import { HorseLoop } from './loop.ts'
import { prepared } from './prepared.ts'
import type { HorseSettings, Order, Report } from './protocol.ts'

const { gate, ...settings } = workerData as HorseSettings & { gate: SharedArrayBuffer }
const worker = parentPort!
// A message is in the worker's hands when postMessage returns: no later job can hold it back.
const report = (message: Report) => worker.postMessage(message)
const loop = new HorseLoop(settings, new Gate(gate), report)
const exit = installLastWords(loop, report)
const run = prepared(loop, settings, report, () => exit(1))

worker.on('message', (order: Order) => {
  if (order.kind === 'stop') exit(0)
  else run(order)
})
