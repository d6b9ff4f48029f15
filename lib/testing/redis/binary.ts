import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** A server program that was seen to run here. */
export interface ServerBinary {
  readonly path: string
  readonly product: 'Redis' | 'Valkey'
  /** As the program says itself, for example `7.0.15`. */
  readonly version: string
  /** Environment that it needs beside the process's own. */
  readonly env: Readonly<Record<string, string>>
}

/** In the order in which they are looked for. */
export const SERVER_NAMES = ['valkey-server', 'redis-server'] as const

const VERSION = /^(Redis|Valkey) server v=(\d+)\.(\d+)(?:\.\d+)*/m
const PROBE_TIMEOUT_MS = 5_000
const OLDEST = { Redis: [7, 0], Valkey: [7, 2] } as const

/** Runs `path --version`. A string is the reason why this program cannot be used. */
export async function probe(
  path: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServerBinary | string> {
  let text: string
  try {
    const options = { env: { ...process.env, ...env }, timeout: PROBE_TIMEOUT_MS }
    text = (await promisify(execFile)(path, ['--version'], options)).stdout
  } catch (error) {
    return `${path} does not run: ${(error as Error).message.trim()}`
  }
  const [found, product, major, minor] = VERSION.exec(text) ?? []
  if (found === undefined)
    return `${path} is no Redis or Valkey server: it says ${JSON.stringify(text.trim())}`
  const binary = { path, product: product as 'Redis' | 'Valkey', version: found.split('=')[1]!, env }
  const [oldestMajor, oldestMinor] = OLDEST[binary.product]
  const isOld = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor)
  if (isOld) return `${path} is ${product} ${binary.version}, older than ${oldestMajor}.${oldestMinor}`
  return binary
}

/** The first program of this name on the PATH, if there is one. */
export async function onPath(name: string): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory || '.', name)
    if (await isExecutable(path)) return path
  }
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
