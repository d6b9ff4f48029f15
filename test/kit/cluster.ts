import { Redis } from 'ioredis'
import { type RedisServer, startRedis } from '../../lib/testing/index.ts'
import { freePort } from '../../lib/testing/redis/port.ts'
import { until } from './until.ts'

const SLOTS = 16_384
const NODE_TIMEOUT_MS = 1_500

/** One server of a cluster, and a plain client of it. */
export interface ClusterNode {
  readonly server: RedisServer
  readonly admin: Redis
  readonly busPort: number
  readonly id: string
}

/** A cluster of this machine's own server program: each master has as many replicas as it is told. */
export class TestCluster {
  readonly nodes: readonly ClusterNode[]

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes
  }

  /** Resolves when every node serves, and every replica follows its master. */
  static async start({ masters = 3, replicas = 1 } = {}): Promise<TestCluster> {
    const started = await Promise.allSettled(Array.from({ length: masters * (1 + replicas) }, startNode))
    const nodes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const cluster = new TestCluster(nodes)
    try {
      for (const one of started) if (one.status === 'rejected') throw one.reason
      await cluster.#join(masters)
      return cluster
    } catch (error) {
      await cluster.stop()
      throw error
    }
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map(({ server }) => `127.0.0.1:${server.port}`).join(',')}`
  }

  async #join(masters: number): Promise<void> {
    const [first, ...others] = this.nodes as [ClusterNode, ...ClusterNode[]]
    for (const [i, { admin }] of this.nodes.entries()) await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
    for (const { server, busPort } of others) {
      await first.admin.call('CLUSTER', 'MEET', '127.0.0.1', server.port, busPort)
    }
    for (let i = 0; i < masters; i++) {
      const [from, to] = [Math.floor((SLOTS * i) / masters), Math.floor((SLOTS * (i + 1)) / masters) - 1]
      await this.nodes[i]!.admin.call('CLUSTER', 'ADDSLOTSRANGE', from, to)
    }
    await this.#everyNodeSays('NODES', (text) => this.nodes.every(({ id }) => text.includes(id)))
    for (const [i, { admin }] of this.nodes.entries()) {
      if (i >= masters) await admin.call('CLUSTER', 'REPLICATE', this.nodes[i % masters]!.id)
    }
    await this.settled()
  }

  /** Resolves when all nodes that run agree that every slot is served, and no replica lags. */
  async settled(): Promise<void> {
    await this.#everyNodeSays('INFO', (text) => text.includes('cluster_state:ok'))
    for (const node of this.#running) {
      await until('a replica that follows', async () => isLinked(await node.admin.call('ROLE')))
    }
    const replicas = this.#running.length - (await this.masters()).length
    await this.#everyNodeSays(
      'NODES',
      (text) => (text.match(/\bslave\b(?!.*fail)/g) ?? []).length >= replicas,
    )
  }

  async #everyNodeSays(topic: string, isSo: (text: string) => boolean): Promise<void> {
    for (const { admin } of this.#running) {
      await until(`a settled CLUSTER ${topic}`, async () => isSo(String(await admin.call('CLUSTER', topic))))
    }
  }

  get #running(): readonly ClusterNode[] {
    return this.nodes.filter(({ admin }) => admin.status === 'ready')
  }

  async masters(): Promise<ClusterNode[]> {
    const roles = await Promise.all(
      this.#running.map(({ admin }) => admin.call('ROLE') as Promise<unknown[]>),
    )
    return this.#running.filter((_, i) => roles[i]![0] === 'master')
  }

  /** The master that serves a key. */
  async masterOf(key: string): Promise<ClusterNode> {
    const slot = await this.slotOf(key)
    for (const node of await this.masters()) {
      const shards = (await node.admin.call('CLUSTER', 'SLOTS')) as [
        number,
        number,
        [string, number, string],
      ][]
      const shard = shards.find(([from, to]) => from <= slot && slot <= to)
      if (shard?.[2][2] === node.id) return node
    }
    throw new Error(`expected a master for slot ${slot}, found none`)
  }

  slotOf(key: string): Promise<number> {
    return this.#running[0]!.admin.call('CLUSTER', 'KEYSLOT', key) as Promise<number>
  }

  /**
   * Moves the slot of a key as `redis-cli --cluster reshard` does: one key after the other, while clients go on.
   * @param onHalf called when about half of its keys have moved
   */
  async migrate(
    key: string,
    onHalf: (from: ClusterNode, to: ClusterNode) => Promise<void> = async () => {},
  ): Promise<void> {
    const slot = await this.slotOf(key)
    const from = await this.masterOf(key)
    const to = (await this.masters()).find((node) => node !== from)!
    await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
    await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
    const half = ((await from.admin.call('CLUSTER', 'COUNTKEYSINSLOT', slot)) as number) / 2
    for (let moved = 0; ; moved++) {
      const [next] = (await from.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 1)) as string[]
      if (moved === Math.floor(half)) await onHalf(from, to)
      if (next === undefined) break
      await from.admin.call('MIGRATE', '127.0.0.1', to.server.port, next, 0, 5_000)
    }
    for (const { admin } of [to, from, ...(await this.masters())]) {
      await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
    }
  }

  /** As a crash would. What its replica has not been sent is lost, unless the caller waits for that before. */
  async kill(node: ClusterNode): Promise<void> {
    node.admin.disconnect()
    await node.server.kill()
  }

  /** Has a killed node back, as the replica of whoever took its place. */
  async restart(node: ClusterNode): Promise<void> {
    await node.server.restart()
    await node.admin.connect()
    await this.settled()
  }

  async stop(): Promise<void> {
    for (const { admin } of this.nodes) admin.disconnect()
    await Promise.all(this.nodes.map(({ server }) => server.stop()))
  }
}

async function startNode(): Promise<ClusterNode> {
  const busPort = await freePort()
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
  const timing = ['--cluster-node-timeout', String(NODE_TIMEOUT_MS), '--repl-diskless-sync-delay', '0']
  const server = await startRedis({ quiet: true, appendonly: true, args: [...cluster, ...timing] })
  const admin = new Redis(server.url, { retryStrategy: null })
  admin.on('error', () => {})
  return { server, admin, busPort, id: String(await admin.call('CLUSTER', 'MYID')) }
}

function isLinked(role: unknown): boolean {
  const [kind, , , state] = role as unknown[]
  return kind === 'master' || state === 'connected'
}
