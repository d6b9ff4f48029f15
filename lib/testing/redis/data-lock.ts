import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidArgumentError } from '../../core/errors.ts'

/** One server per data directory: a file in it that holds the pid of the process that will remove it. */
export class DataLock {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** @throws InvalidArgumentError while another live process holds the directory. */
  static async acquire(directory: string): Promise<DataLock> {
    const lock = new DataLock(join(directory, 'funq.lock'))
    while (!(await lock.#create())) await lock.#removeStale(directory)
    return lock
  }

  /** The guard outlives this process and removes the file, so its pid says how long the lock stands. */
  async handTo(pid: number): Promise<void> {
    await writeFile(this.path, String(pid))
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true })
  }

  async #create(): Promise<boolean> {
    try {
      await writeFile(this.path, String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  }

  async #removeStale(directory: string): Promise<void> {
    const holder = await this.#read(this.path)
    if (holder === undefined) return
    if (isAlive(holder)) throw inUse(directory, holder, this.path)
    // Moved before it is removed: of two processes that saw the same dead holder, the later may have moved a new lock.
    const moved = `${this.path}.${randomUUID()}`
    await rename(this.path, moved).catch(() => undefined)
    const movedHolder = await this.#read(moved)
    if (movedHolder !== undefined && movedHolder !== holder) await rename(moved, this.path)
    else await rm(moved, { force: true })
  }

  async #read(path: string): Promise<string | undefined> {
    return readFile(path, 'utf8').catch(() => undefined)
  }
}

function isAlive(pid: string): boolean {
  // Empty: its owner has created the file and not yet written to it.
  if (pid === '') return true
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function inUse(directory: string, holder: string, path: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `dir: expected a data directory that no other server uses, but process ${holder || '(starting)'} holds ${directory}. Stop that server, choose another directory, or, if that process is none of funq's, remove ${path}.`,
  )
}
