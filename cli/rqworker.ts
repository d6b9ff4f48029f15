#!/usr/bin/env node
import { workerCommand } from './commands/worker.ts'
import { processHost } from './host.ts'
import { runProgram } from './program.ts'

// Not left to an empty event loop: a worker that was told to stop must end whatever a job has left behind.
process.exit(await runProgram(workerCommand('rqworker'), process.argv.slice(2), processHost()))
