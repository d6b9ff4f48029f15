#!/usr/bin/env node
import { infoCommand } from './commands/info.ts'
import { processHost } from './host.ts'
import { runProgram } from './program.ts'

process.exit(await runProgram({ ...infoCommand, name: 'rqinfo' }, process.argv.slice(2), processHost()))
