import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Both ends of a pipe, as file descriptors of this process. The one that is written to blocks while the pipe is full. */
export interface KernelPipe {
  readonly read: number
  readonly write: number
}

/** Whether one could be made here. */
let works = process.platform === 'linux'

/**
 * A pipe of the kernel. What `spawn` calls a pipe is a pair of sockets, each write to which takes both sides twice as long. Node makes no
 * other, so this one begins as a FIFO whose name is gone before anybody else sees it. It takes 3 ms, a twentieth of the start of a process.
 * @returns nothing where there is no `mkfifo`, or no folder for it: the caller goes on with sockets
 */
export function kernelPipe(): KernelPipe | undefined {
  if (!works) return undefined
  let folder: string | undefined
  let read: number | undefined
  try {
    folder = mkdtempSync(join(tmpdir(), 'funq-'))
    const path = join(folder, 'reports')
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore', timeout: 1_000 })
    // Without a reader the other end could not be opened, and without a writer this one must not wait.
    read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return { read, write: openSync(path, constants.O_WRONLY) }
  } catch {
    if (read !== undefined) closeSync(read)
    works = false
    return undefined
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}
