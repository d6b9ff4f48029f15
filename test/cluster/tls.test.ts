import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { type ConnectionOptions, createServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type ConnectionSpec, Queue, Worker } from '../../lib/index.ts'
import { TestCluster } from '../kit/cluster.ts'
import { FIXTURES } from '../kit/harness.ts'
import { TestSentinels } from '../kit/sentinel.ts'

/** TLS by a key that both sides know: the machine that runs this needs no certificate. */
const PSK = { psk: Buffer.from('a key that both sides know'), identity: 'test' }
const COMMON = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
const tls: ConnectionOptions = { ...COMMON, pskCallback: () => PSK, checkServerIdentity: () => undefined }

/** Stands before a server and speaks TLS, and nothing else. Answers its port. */
async function tlsBefore(port: number): Promise<{ port: number; accepted: () => number }> {
  let accepted = 0
  const server = createServer({ ...COMMON, pskCallback: () => PSK.psk }, (socket) => {
    accepted++
    const behind = connect(port, '127.0.0.1')
    for (const one of [socket, behind])
      one
        .on('error', () => {})
        .on('close', () => {
          socket.destroy()
          behind.destroy()
        })
    socket.pipe(behind).pipe(socket)
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, accepted: () => accepted }
}

/** Where each server is to be found instead. */
async function behindTls(ports: readonly number[]) {
  const proxies = await Promise.all(ports.map(tlsBefore))
  const natMap = Object.fromEntries(
    ports.map((port, i) => [`127.0.0.1:${port}`, { host: '127.0.0.1', port: proxies[i]!.port }]),
  )
  return { proxies, natMap }
}

async function workAndAwait(connection: ConnectionSpec) {
  const where = { connection, prefix: 'tls' }
  const queues = ['a', 'b', 'c'].map((name) => new Queue(name, where))
  const worker = new Worker(['a', 'b', 'c'], { ...where, paths: [FIXTURES], isolation: 'none' })
  const running = worker.run()
  try {
    const jobs = await Promise.all(queues.map((q, n) => q.enqueue('./tasks#add', n, 1)))
    return await Promise.all(jobs.map((job) => job.result))
  } finally {
    await worker.stop()
    await running
    for (const q of queues) await q.close()
  }
}

describe('behind sentinels', () => {
  let sentinels: TestSentinels

  beforeAll(async () => {
    sentinels = await TestSentinels.start()
  })
  afterAll(() => sentinels.stop())

  test('tls is spoken to the master, and sentinelTLS to the sentinels', async () => {
    const ports = [...sentinels.url.matchAll(/:(\d+)/g)].map(([, port]) => Number(port))
    const { proxies, natMap } = await behindTls([...ports, (await sentinels.master()).port])
    const named = proxies.slice(0, -1).map(({ port }) => ({ host: '127.0.0.1', port }))
    const spec = { sentinels: named, name: 'mymaster', natMap, tls, sentinelTLS: tls }
    expect(await workAndAwait(spec)).toEqual([1, 2, 3])
    expect(proxies.at(-1)!.accepted()).toBeGreaterThanOrEqual(2)
  })
})

describe('a cluster', () => {
  let cluster: TestCluster

  beforeAll(async () => {
    cluster = await TestCluster.start({ masters: 3, replicas: 0 })
  })
  afterAll(() => cluster.stop())

  test('is reached by TLS at each node, behind a NAT too', async () => {
    const { proxies, natMap } = await behindTls(cluster.nodes.map(({ server }) => server.port))
    const nodes = proxies.map(({ port }) => `127.0.0.1:${port}`)
    expect(await workAndAwait({ cluster: nodes, natMap, tls })).toEqual([1, 2, 3])
    expect(proxies.every(({ accepted }) => accepted() > 0)).toBe(true)
  })
})
