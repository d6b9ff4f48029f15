import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type RedisServer, startRedis } from '../../lib/testing/index.ts'
import { findServer } from '../../lib/testing/redis/find.ts'
import { freePort } from '../../lib/testing/redis/port.ts'
import { ServerProcess } from '../../lib/testing/redis/server.ts'
import { openWorkspace, type Workspace } from '../../lib/testing/redis/workspace.ts'
import { until } from './until.ts'

const MASTER = 'mymaster'
const SENTINELS = 3
const QUORUM = 2

/** A master, a replica, and the sentinels that watch them. */
export class TestSentinels {
  readonly #data: readonly RedisServer[]
  readonly #sentinels: readonly Sentinel[]
  readonly #admins: readonly Redis[]

  private constructor(data: readonly RedisServer[], sentinels: readonly Sentinel[]) {
    this.#data = data
    this.#sentinels = sentinels
    this.#admins = sentinels.map((server) => newAdmin(server))
  }

  /**
   * @param minReplicas without so many a master accepts no write: one that was replaced and does not know yet would lose what it took
   * @returns when the sentinels know of each other and of the replica
   */
  static async start({ minReplicas = 0 } = {}): Promise<TestSentinels> {
    const timing = ['--repl-diskless-sync-delay', '0', '--min-replicas-to-write', String(minReplicas)]
    const master = await startRedis({ quiet: true, appendonly: true, args: timing })
    const replicaOf = ['--replicaof', '127.0.0.1', String(master.port)]
    const replica = await startRedis({ quiet: true, appendonly: true, args: [...timing, ...replicaOf] })
    const sentinels = await Promise.all(Array.from({ length: SENTINELS }, () => Sentinel.start(master)))
    const all = new TestSentinels([master, replica], sentinels)
    try {
      await all.settled()
      return all
    } catch (error) {
      await all.stop()
      throw error
    }
  }

  get url(): string {
    return `redis+sentinel://${this.#sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER}`
  }

  /** Resolves when all sentinels agree, and the replica follows. */
  async settled(): Promise<void> {
    for (const admin of this.#admins) {
      await until('a sentinel that knows of all', () => isWatching(admin))
    }
  }

  async master(): Promise<RedisServer> {
    const [, port] = (await this.#admins[0]!.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER)) as string[]
    return this.#data.find((server) => server.port === Number(port))!
  }

  /** Resolves when the sentinels name another master than before. */
  async failover(): Promise<void> {
    const before = await this.master()
    await this.#admins[0]!.call('SENTINEL', 'FAILOVER', MASTER)
    await this.changed(before)
  }

  async changed(before: RedisServer): Promise<void> {
    await until('another master', async () => (await this.master()).port !== before.port)
  }

  async stop(): Promise<void> {
    for (const admin of this.#admins) admin.disconnect()
    await Promise.all([...this.#sentinels, ...this.#data].map((server) => server.stop()))
  }
}

/** A sentinel's process: it writes its own config file, and cannot be started by options alone. */
class Sentinel {
  readonly port: number
  readonly url: string
  readonly #workspace: Workspace
  readonly #process: ServerProcess

  private constructor(port: number, workspace: Workspace, server: ServerProcess) {
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
    this.#workspace = workspace
    this.#process = server
  }

  static async start(master: RedisServer): Promise<Sentinel> {
    const { binary } = await findServer()
    const workspace = await openWorkspace(undefined)
    const port = await freePort()
    const config = join(workspace.dataDir, 'sentinel.conf')
    writeFileSync(config, configOf(port, workspace, master))
    const server = await ServerProcess.start({ ...workspace, binary, args: [config, '--sentinel'] })
    return new Sentinel(port, workspace, server)
  }

  async stop(): Promise<void> {
    await this.#process.end('SIGTERM')
    await this.#workspace.guard.end()
  }
}

function configOf(port: number, { socketPath, dataDir }: Workspace, master: RedisServer): string {
  return `port ${port}
bind 127.0.0.1
unixsocket ${socketPath}
dir ${dataDir}
sentinel monitor ${MASTER} 127.0.0.1 ${master.port} ${QUORUM}
sentinel down-after-milliseconds ${MASTER} 1000
sentinel failover-timeout ${MASTER} 3000
`
}

async function isWatching(admin: Redis): Promise<boolean> {
  const facts = (await admin.call('SENTINEL', 'MASTER', MASTER)) as string[] | Record<string, string>
  const of = (name: string) => (Array.isArray(facts) ? facts[facts.indexOf(name) + 1] : facts[name])
  const replicas = (await admin.call('SENTINEL', 'REPLICAS', MASTER)) as unknown[]
  const flat = JSON.stringify(replicas)
  return (
    of('num-other-sentinels') === String(SENTINELS - 1) &&
    of('flags') === 'master' &&
    flat.includes('"ok"') &&
    !flat.includes('s_down')
  )
}

function newAdmin(server: Sentinel): Redis {
  const admin = new Redis(server.url)
  admin.on('error', () => {})
  return admin
}
