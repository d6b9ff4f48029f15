import type { Redis } from 'ioredis'

/** Redis's clock, in milliseconds. */
export async function redisNow(client: Redis): Promise<number> {
  const [seconds, micros] = await client.time()
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
}
