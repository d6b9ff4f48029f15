import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { SCRIPTS } from '../../lib/redis/scripts.gen.ts'

/** What took the server long: a script, or a command, and how often. */
export interface Slow {
  readonly name: string
  readonly times: number
  readonly longestMs: number
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
  const slow = new Map<string, Slow>()
  for (const [, , us, [command = '', first = '']] of entries) {
    if (/^(flushall|info)$/i.test(command)) continue
    const name = (/^evalsha/i.test(command) && scripts.get(first)) || command.toUpperCase()
    const known = slow.get(name) ?? { times: 0, longestMs: 0 }
    slow.set(name, { name, times: known.times + 1, longestMs: Math.max(known.longestMs, us / 1000) })
  }
  return [...slow.values()].sort((a, b) => b.longestMs - a.longestMs)
}

const scripts = new Map(
  Object.entries(SCRIPTS).map(([name, lua]) => [createHash('sha1').update(lua).digest('hex'), `${name}.lua`]),
)
