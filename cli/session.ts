import { hostname } from 'node:os'
import type { Codec } from '../lib/core/codec.ts'
import type { Duration } from '../lib/core/duration.ts'
import { InvalidJobError } from '../lib/core/errors.ts'
import { DEFAULTS } from '../lib/core/options.ts'
import type { Secret } from '../lib/core/signature.ts'
import type { Actor } from '../lib/queue/audited.ts'
import type { Connection } from '../lib/redis/connection.ts'
import type { RedisStore } from '../lib/redis/store.ts'
import type { ConnectionSpec } from '../lib/redis/target.ts'
import { readSettings, type Settings } from './config/settings.ts'
import { UsageError } from './exit-codes.ts'
import type { GlobalFlags } from './globals.ts'
import type { Host } from './host.ts'

/** A command's connection. */
export interface Session {
  readonly settings: Settings
  readonly store: RedisStore
  readonly connection: Connection
  readonly prefix: string
  /** Who runs the command, for the audit log. */
  readonly actor: Actor
  /** What a Queue is given to be in the same place. */
  readonly place: {
    readonly connection: ConnectionSpec
    readonly prefix: string
    readonly commandTimeout: Duration
    readonly secret?: Secret
    readonly codec?: Codec
  }
}

/** Does a command's work on its own connection, which the library's calls share where they are given its `place`, and which is closed after it. */
export async function withSession<T>(
  flags: GlobalFlags,
  host: Host,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const settings = await readSettings(flags, host)
  // Loaded when it is needed: `--help` must not wait for the Redis client.
  const { openStore, DEFAULT_PREFIX } = await import('../lib/queue/open-store.ts')
  const { secret, prefix = DEFAULT_PREFIX } = settings
  const codec = await codecOf(settings, host)
  const place = {
    // Not left to REDIS_URL of this process: the host says what the environment is.
    connection: settings.connection ?? 'redis://127.0.0.1:6379',
    prefix,
    commandTimeout: flags.timeout ?? (host.env.RQ_TIMEOUT || DEFAULTS.commandTimeoutMs / 1000),
    ...(secret !== undefined && { secret }),
    ...(codec && { codec }),
  }
  const { store, release } = openStore(place)
  const { connection } = store
  if (flags.verbose) {
    host.output.err(
      `${connection.label}, from ${settings.sources.connection}; prefix ${prefix}, from ${settings.sources.prefix}\n`,
    )
  }
  try {
    const actor: Actor = {
      who: `${host.env.USER ?? host.env.LOGNAME ?? 'somebody'}@${hostname()}`,
      via: 'cli',
    }
    return await work({ settings, store, connection, prefix, actor, place })
  } finally {
    await release()
  }
}

/** @throws UsageError where it cannot be loaded: to go on without it would enqueue what it is there to hide. */
export async function codecOf({ codec: name, worker }: Settings, { cwd }: Host): Promise<Codec | undefined> {
  if (name === undefined) return undefined
  const [{ loadCodec }, { projectRoot }] = await Promise.all([
    import('../lib/run/load-codec.ts'),
    import('../lib/core/project-root.ts'),
  ])
  try {
    return await loadCodec(name, { roots: worker.paths ?? [projectRoot(cwd)] })
  } catch (error) {
    if (error instanceof InvalidJobError) throw new UsageError(error.message)
    throw error
  }
}
