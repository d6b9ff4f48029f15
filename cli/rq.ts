#!/usr/bin/env node
import { rq } from './commands/index.ts'
import { processHost } from './host.ts'
import { runProgram } from './program.ts'

// Not left to an empty event loop: a worker that was told to stop must end whatever a job has left behind.
process.exit(await runProgram(rq, process.argv.slice(2), processHost()))
