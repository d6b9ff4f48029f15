import { access, constants, lstat, mkdir, readdir } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { probe, SERVER_NAMES, type ServerBinary } from './binary.ts'

/**
 * Where unpacked servers are kept: `$XDG_CACHE_HOME/funq`, else `~/.cache/funq`, else a directory of this user's
 * in the temp directory. Undefined where none can be written.
 */
export async function cacheDirectory(): Promise<string | undefined> {
  const home = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  for (const directory of [join(home, 'funq'), join(tmpdir(), `funq-${process.getuid?.() ?? 'cache'}`)]) {
    if (await isOurs(directory)) return directory
  }
  return undefined
}

/** The newest server in the cache that runs on this machine. */
export async function findCached(cache: string): Promise<ServerBinary | undefined> {
  const names = (await readdir(cache)).filter((name) => /^(redis|valkey)-/.test(name))
  const newestFirst = names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  for (const name of newestFirst) {
    const binary = await probeUnpacked(join(cache, name))
    if (typeof binary !== 'string') return binary
  }
  return undefined
}

/** The server in an unpacked package tree; a string is the reason why it cannot be used. */
export async function probeUnpacked(root: string): Promise<ServerBinary | string> {
  const env = { LD_LIBRARY_PATH: (await libraryDirectories(root)).join(':') }
  const reasons: string[] = []
  for (const name of SERVER_NAMES) {
    // By this very name: Debian's is a link to redis-check-rdb, which looks at how it was called.
    const found = await probe(join(root, 'usr/bin', name), env)
    if (typeof found !== 'string') return found
    reasons.push(found)
  }
  return reasons.join('; ')
}

/** Another user's directory would let that user choose the program that we run, so it is not taken. */
async function isOurs(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const { uid, mode } = await lstat(directory)
    await access(directory, constants.W_OK | constants.X_OK)
    return uid === process.getuid?.() && (mode & 0o022) === 0
  } catch {
    return false
  }
}

async function libraryDirectories(root: string): Promise<string[]> {
  const parents = ['usr/lib', 'lib', 'usr/local/lib'].map((name) => join(root, name))
  const children = await Promise.all(parents.map(subdirectories))
  return [...children.flat(), ...parents]
}

async function subdirectories(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name))
}
