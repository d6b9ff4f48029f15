import { noop, wait1, wait10 } from '../tasks.js'
import type { TaskName } from './library.ts'

/** The functions, for the libraries whose workers are given them. */
export const TASKS: Readonly<Record<TaskName, (payload?: unknown) => Promise<number>>> = {
  noop,
  wait1,
  wait10,
}
