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
 * Pipes of the kernel, one for each name. What `spawn` calls a pipe is a pair of sockets, each write to which takes both sides twice as long. Node
 * makes no other, so these begin as FIFOs whose names are gone before anybody else sees them. It takes 3 ms, a twentieth of the start of a process.
 * @returns nothing where there is no `mkfifo`, or no folder for it: the caller goes on with sockets
 */
export function kernelPipes<const Name extends string>(
  ...names: readonly Name[]
): Record<Name, KernelPipe> | undefined {
  if (!works) return undefined
  let folder: string | undefined
  const open: number[] = []
  const opened = (path: string, flags: number) => {
    const fd = openSync(path, flags)
    open.push(fd)
    return fd
  }
  try {
    folder = mkdtempSync(join(tmpdir(), 'funq-'))
    const paths = names.map((name) => join(folder!, name))
    execFileSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore', timeout: 1_000 })
    const pipes = paths.map((path) => {
      // Without a reader the other end could not be opened, and without a writer this one must not wait.
      const read = opened(path, constants.O_RDONLY | constants.O_NONBLOCK)
      return { read, write: opened(path, constants.O_WRONLY) }
    })
    return Object.fromEntries(names.map((name, i) => [name, pipes[i]])) as Record<Name, KernelPipe>
  } catch {
    for (const fd of open) closeSync(fd)
    works = false
    return undefined
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}
