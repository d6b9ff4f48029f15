export type { RedisOptions } from './redis/options.ts'
export { type RedisServer, startRedis } from './redis/start.ts'
