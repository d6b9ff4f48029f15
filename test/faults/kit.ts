import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { startRedis } from '../../lib/testing/index.ts'
import { FIXTURES, REDIS_URL } from '../kit/harness.ts'

const BIN = new URL('../../dist/cli/rqworker.js', import.meta.url).pathname

/** A server of the test's own, for what would disturb others, and a plain client of it. */
export async function ownServer(...args: string[]) {
  const server = await startRedis({ quiet: true, args })
  const admin = new Redis(server.url)
  admin.on('error', () => {})
  onTestFinished(() => {
    admin.disconnect()
    return server.stop()
  })
  return { server, admin, connection: server.url }
}

export interface RealWorker {
  readonly child: ChildProcess
  /** All that it has said. */
  text(): string
  readonly ended: Promise<number | null>
}

/** A worker as a user starts it, on queue q of the test's prefix. It ends with the test. */
export function rqworker(prefix: string, args: readonly string[] = [], nodeOptions = ''): RealWorker {
  const argv = [BIN, 'q', '--url', REDIS_URL, '--prefix', prefix, '--path', FIXTURES, ...args]
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: nodeOptions }
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'], env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, text: () => said, ended }
}

/** Leases of a second: what takes half a minute in life. */
export const SHORT_LEASE = [
  ...['--worker-ttl', '1s', '--job-monitoring-interval', '300ms'],
  ...['--maintenance-interval', '300ms'],
] as const
