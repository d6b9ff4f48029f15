import { v4 as uuid } from 'uuid'
import { Connection } from '../redis/connection.ts'
import { toTarget } from '../redis/target.ts'
import { type RedisServer, startRedis } from './redis/start.ts'

const KEYS_A_CALL = 500

/** A prefix of one's own on a real server. */
export interface RealRedis extends AsyncDisposable {
  readonly url: string
  readonly prefix: string
  /** For `new Queue(name, redis.options)`, `new Worker(name, redis.options)` and their like. */
  readonly options: { readonly connection: string; readonly prefix: string }
  /** Deletes what stands under the prefix; the last one of the process ends the server. Calling it twice is harmless. */
  close(): Promise<void>
}

let server: Promise<RedisServer> | undefined
let users = 0

/**
 * A real Redis for one test: under a random prefix, on a server that all tests of this process share and that is started for the first.
 * With `url` it is on a server that runs already. @throws as startRedis()
 */
export async function realRedis({ url: given }: { readonly url?: string } = {}): Promise<RealRedis> {
  const url = given ?? (await sharedServer())
  const prefix = `test-${uuid().slice(0, 8)}`
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    if (given === undefined && --users === 0) {
      const ending = server
      server = undefined
      await (await ending)?.stop()
    } else {
      await sweep(url, prefix)
    }
  }
  const redis = {
    url,
    prefix,
    options: { connection: url, prefix },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => redis.close(),
  }
  return redis
}

async function sharedServer(): Promise<string> {
  users++
  server ??= startRedis({ quiet: true })
  try {
    return (await server).url
  } catch (error) {
    users--
    server = undefined
    throw error
  }
}

/** The one place that looks through a server's keys: what tests leave behind is little, and on no server that matters. */
async function sweep(url: string, prefix: string): Promise<void> {
  const connection = new Connection(toTarget(url))
  try {
    let cursor = '0'
    do {
      const [next, keys] = await connection.attempt((client) =>
        client.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', KEYS_A_CALL),
      )
      if (keys.length > 0) await connection.attempt((client) => client.unlink(...keys))
      cursor = next
    } while (cursor !== '0')
  } finally {
    await connection.close()
  }
}
