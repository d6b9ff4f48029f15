import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { InvalidArgumentError, RedisUnavailableError } from '../../core/errors.ts'
import { DataLock } from './data-lock.ts'
import { Guard } from './guard.ts'

/** The kernel's limit for a unix socket's path is 104 bytes on macOS and 108 on Linux, its end mark included. */
const SOCKET_PATH_BYTES = 103
const SOCKET_IN_DIRECTORY = '/funq-XXXXXX/redis.sock'

/** The files of one `startRedis` call, and the guard that removes those that are not to last. */
export interface Workspace {
  readonly socketPath: string
  readonly logPath: string
  readonly dataDir: string
  readonly guard: Guard
}

/** @param dir where the data lasts; undefined puts it among the temporary files. */
export async function openWorkspace(dir: string | undefined): Promise<Workspace> {
  const lock = dir === undefined ? undefined : await lockDirectory(resolve(dir))
  try {
    const temporary = await mkdtemp(join(shortTemporaryDirectory(), 'funq-'))
    const socketPath = join(temporary, 'redis.sock')
    const guard = new Guard(socketPath, lock ? [lock.path, temporary] : [temporary])
    if (guard.pid === undefined)
      throw new RedisUnavailableError('Expected /bin/sh to start and guard the server, but it did not')
    await lock?.handTo(guard.pid)
    return {
      socketPath,
      logPath: join(temporary, 'redis.log'),
      dataDir: dir ? resolve(dir) : temporary,
      guard,
    }
  } catch (error) {
    await lock?.release()
    throw error
  }
}

async function lockDirectory(directory: string): Promise<DataLock> {
  try {
    await mkdir(directory, { recursive: true })
    return await DataLock.acquire(directory)
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error
    throw new InvalidArgumentError(
      `dir: expected a directory that can be written, got ${directory}: ${(error as Error).message}. Choose another or change its permissions.`,
      { cause: error },
    )
  }
}

function shortTemporaryDirectory(): string {
  const directory = tmpdir()
  return Buffer.byteLength(directory + SOCKET_IN_DIRECTORY) <= SOCKET_PATH_BYTES ? directory : '/tmp'
}
