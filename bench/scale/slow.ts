import type { Redis } from 'ioredis'

/** A command that took the server long. */
export interface Slow {
  readonly command: string
  readonly ms: number
}

const SLOW_US = 5_000

/** From now on the server notes what takes it more than 5 ms. */
export async function noteSlowCommands(redis: Redis): Promise<void> {
  await redis.config('SET', 'slowlog-log-slower-than', SLOW_US)
  await redis.config('SET', 'slowlog-max-len', 10_000)
  await redis.slowlog('RESET')
}

/** What was slow since the last time that this was asked. The bench's own FLUSHALL and INFO do not count. */
export async function slowCommands(redis: Redis): Promise<Slow[]> {
  const entries = (await redis.slowlog('GET', 10_000)) as [number, number, number, string[]][]
  await redis.slowlog('RESET')
  return entries
    .map(([, , us, words]) => ({ command: words.slice(0, 2).join(' '), ms: us / 1000 }))
    .filter(({ command }) => !/^(flushall|info)/i.test(command))
}
