import { Socket } from 'node:net'
import { workerData } from 'node:worker_threads'
import { Gate } from './gate.ts'
import { lineReader } from './lines.ts'

/** The file descriptor of the warden's line to the worker: withdrawals come in, their answers go out. */
const WARDEN_FD = 5

// A thread beside the one that runs jobs, so that even a horse whose job blocks for ever gives back what it holds,
// and does not outlive its worker: the end of the line is the worker's death. It costs 9 MB a horse.
const gate = new Gate(workerData as SharedArrayBuffer)
const line = new Socket({ fd: WARDEN_FD, readable: true, writable: true })

const answer = lineReader((tickets) => {
  const settled = (JSON.parse(tickets) as number[]).filter((ticket) => gate.settle(ticket))
  line.write(`${JSON.stringify(settled)}\n`)
})

// The whole group: subprocesses of a job must not outlive it either.
const killHorse = () => process.kill(-process.pid, 'SIGKILL')

line.setEncoding('utf8').on('data', answer).on('end', killHorse).on('error', killHorse)
