import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { findServer } from '../lib/testing/redis/find.ts'
import type { Bench } from './case.ts'
import { median } from './stats.ts'

/** What client and server allow at most, in commands or values a second. */
export interface RawLimit {
  readonly label: string
  readonly rate: number
}

const ROUNDS = 3
const KEY = 'raw'
const VALUE = JSON.stringify({ url: 'http://example.com' })

/** Bare commands by the client that funq uses, then the server's own load generator, in C, where it is there. */
export async function rawLimits(bench: Bench): Promise<RawLimit[]> {
  return [...(await clientLimits(bench)), ...(await generatorLimits(bench))]
}

async function clientLimits({ endpoint, count, redis: admin }: Bench): Promise<RawLimit[]> {
  const redis = new Redis(endpoint)
  const values = Array.from({ length: 1_000 }, () => VALUE)
  const limits: RawLimit[] = []
  const measure = async (
    label: string,
    each: number,
    full: number,
    call: () => Promise<unknown>,
    lanes = 1,
  ) => {
    const calls = Math.max(lanes, count(full))
    const rates: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      let left = calls
      const lane = async () => {
        while (left-- > 0) await call()
      }
      const start = performance.now()
      await Promise.all(Array.from({ length: lanes }, lane))
      rates.push((calls * each) / ((performance.now() - start) / 1000))
    }
    limits.push({ label: `ioredis: ${label}`, rate: median(rates) })
  }
  try {
    await measure('LPUSH, one by one', 1, 5_000, () => redis.lpush(KEY, VALUE))
    await measure('LPUSH, 100 in flight', 1, 30_000, () => redis.lpush(KEY, VALUE), 100)
    await measure('LPUSH of 1,000 values', 1_000, 200, () => redis.lpush(KEY, ...values))
    await measure('LPOP of 1,000 values', 1_000, 200, () => redis.lpop(KEY, 1_000))
    await measure('EVALSHA that does nothing, 100 in flight', 1, 30_000, await nothing(redis), 100)
  } finally {
    redis.disconnect()
    await admin.flushall()
  }
  return limits
}

async function nothing(redis: Redis): Promise<() => Promise<unknown>> {
  const sha = (await redis.script('LOAD', 'return 1')) as string
  return () => redis.evalsha(sha, 0)
}

async function generatorLimits({ endpoint, count, redis }: Bench): Promise<RawLimit[]> {
  const { binary } = await findServer()
  const program = join(dirname(binary.path), `${binary.product.toLowerCase()}-benchmark`)
  const limits: RawLimit[] = []
  for (const [clients, pipeline] of [
    [1, 1],
    [50, 1],
    [50, 50],
  ] as const) {
    const requests = Math.max(1_000, count(clients === 1 ? 20_000 : 200_000 * Math.min(pipeline, 5)))
    const args = ['-h', endpoint.host, '-p', endpoint.port, '-c', clients, '-P', pipeline, '-n', requests]
    const tests = ['-t', 'lpush,lpop', '--csv', '-d', VALUE.length]
    try {
      const options = { env: { ...process.env, ...binary.env } }
      const { stdout } = await promisify(execFile)(program, [...args, ...tests].map(String), options)
      for (const [, test, rate] of stdout.matchAll(/^"(LPUSH|LPOP)[^"]*","([\d.]+)"/gm)) {
        limits.push({
          label: `${binary.product.toLowerCase()}-benchmark -c ${clients} -P ${pipeline}: ${test}`,
          rate: Number(rate),
        })
      }
    } catch {
      process.stderr.write(`No ${program}: its limits are left out\n`)
      break
    }
  }
  await redis.flushall()
  return limits
}
