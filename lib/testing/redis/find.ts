import { UnsupportedServerError } from '../../core/errors.ts'
import { onPath, probe, SERVER_NAMES, type ServerBinary } from './binary.ts'
import { cacheDirectory, findCached } from './cache.ts'
import { unpackPackages } from './packages.ts'

/** A server program and the place it came from, in words. */
export interface FoundServer {
  readonly binary: ServerBinary
  readonly source: string
}

/**
 * The server program to start: `FUNQ_REDIS_BIN`, else one on the PATH, else a cached copy, else one unpacked from the
 * machine's own Debian or Ubuntu packages.
 *
 * @throws UnsupportedServerError when there is none, or when `FUNQ_REDIS_BIN` names one that cannot be used.
 */
export async function findServer(): Promise<FoundServer> {
  const named = process.env.FUNQ_REDIS_BIN
  if (named) return { binary: await fromEnvironment(named), source: 'FUNQ_REDIS_BIN' }

  const misses: string[] = []
  for (const name of SERVER_NAMES) {
    const path = await onPath(name)
    const found = path === undefined ? `no ${name} on the PATH` : await probe(path)
    if (typeof found !== 'string') return { binary: found, source: 'PATH' }
    misses.push(found)
  }
  const unpacked = await cachedOrUnpacked()
  if (typeof unpacked !== 'string') return unpacked
  throw new UnsupportedServerError(missing([...misses, unpacked]))
}

async function fromEnvironment(path: string): Promise<ServerBinary> {
  const found = await probe(path)
  if (typeof found !== 'string') return found
  throw new UnsupportedServerError(
    `FUNQ_REDIS_BIN: expected the path of a redis-server (7.0 or later) or valkey-server (7.2 or later), but ${found}. Correct it, or unset it to let funq look for one.`,
  )
}

async function cachedOrUnpacked(): Promise<FoundServer | string> {
  const cache = await cacheDirectory()
  if (cache === undefined) return 'no directory to keep an unpacked copy in: set XDG_CACHE_HOME'
  const cached = await findCached(cache)
  if (cached) return { binary: cached, source: 'cache' }
  const unpacked = await unpackPackages(cache)
  return typeof unpacked === 'string' ? unpacked : { binary: unpacked, source: 'unpacked from apt packages' }
}

function missing(misses: readonly string[]): string {
  return `Expected a Redis (7.0 or later) or Valkey (7.2 or later) server to start, found none:
${misses.map((miss) => `  - ${miss}`).join('\n')}
Install one:
  apt:    sudo apt-get install redis-server
  brew:   brew install redis
or run one and give its URL:
  docker: docker run --rm -p 127.0.0.1:6379:6379 redis:7    then REDIS_URL=redis://127.0.0.1:6379
or set FUNQ_REDIS_BIN to the path of a redis-server.`
}
