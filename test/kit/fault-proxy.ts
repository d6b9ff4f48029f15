import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, Socket } from 'node:net'
import type { ScriptName } from '../../lib/redis/connection.ts'
import { SCRIPTS } from '../../lib/redis/scripts.gen.ts'

/** Picks what a fault strikes by the bytes that a client sent. */
export type Match = (sent: string) => boolean

interface Pair {
  readonly client: Socket
  readonly upstream: Socket
  /** The last bytes that the client sent. */
  sent: string
  /** Nothing passes any more, in either direction, and nobody is told. */
  swallowed: boolean
  /** When the last reply that is delayed goes out; none may overtake it. */
  due: number
  readonly late: Buffer[]
  readonly held: Buffer[]
}

/** Whether bytes call a script, by its text or its hash. */
export function calls(script: ScriptName): Match {
  const hash = createHash('sha1').update(SCRIPTS[script]).digest('hex')
  return (sent) => sent.includes(hash) || sent.includes(SCRIPTS[script])
}

/** Stands between a client and Redis, and fails as networks do. */
export class FaultProxy {
  readonly #target: { readonly host: string; readonly port: number }
  readonly #pairs = new Set<Pair>()
  readonly #dropping = new Set<{ readonly match: Match; readonly done: () => void }>()
  #server: Server
  #port = 0
  #delayMs = 0
  #swallowing = false
  #holding = false
  /** How many connections it has had. */
  connections = 0

  private constructor(target: string) {
    const { hostname, port } = new URL(target)
    this.#target = { host: hostname, port: Number(port) }
    this.#server = this.#newServer()
  }

  /** One that ends with the test. */
  static async start(target: string): Promise<FaultProxy> {
    // Here, because only a test run has it, and `open` serves programs too.
    const { onTestFinished } = await import('vitest')
    const proxy = await FaultProxy.open(target)
    onTestFinished(() => proxy.refuse())
    return proxy
  }

  /** One that goes on until `refuse`. */
  static async open(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    await proxy.#listen()
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`
  }

  get port(): number {
    return this.#port
  }

  /** Ends every connection; new ones are let through. */
  cut(): void {
    for (const { client, upstream } of this.#pairs) {
      client.destroy()
      upstream.destroy()
    }
  }

  /** From now on nobody listens here. */
  async refuse(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut()
    if (this.#server.listening) await closed
  }

  /** Answers again, on the same port. What was swallowed stays swallowed. */
  async heal(): Promise<void> {
    this.#swallowing = false
    if (this.#server.listening) return
    this.#server = this.#newServer()
    await this.#listen()
  }

  /** Connections stay open, and nothing comes through: those there are now and those to come, until `heal`. */
  blackhole(): void {
    this.#swallowing = true
    for (const pair of this.#pairs) pair.swallowed = true
  }

  /** The same for those connections only whose last words match. Answers how many. */
  swallow(match: Match): number {
    const struck = [...this.#pairs].filter((pair) => !pair.swallowed && match(pair.sent))
    for (const pair of struck) pair.swallowed = true
    return struck.length
  }

  /** Every reply comes this much later. */
  delay(ms: number): void {
    this.#delayMs = ms
  }

  /** Replies wait until `release`, which lets each connection have all of its own at once. */
  hold(): void {
    this.#holding = true
  }

  release(): void {
    this.#holding = false
    for (const { client, held } of this.#pairs) client.write(Buffer.concat(held.splice(0)))
  }

  /** The next command that matches is done by Redis, and its connection is cut before the reply. Resolves when that has happened. */
  dropReply(match: Match): Promise<void> {
    return new Promise((done) => this.#dropping.add({ match, done }))
  }

  #newServer(): Server {
    return createServer((client) => this.#onConnection(client))
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  #onConnection(client: Socket): void {
    this.connections++
    const upstream = new Socket()
    upstream.connect(this.#target)
    const pair: Pair = { client, upstream, sent: '', swallowed: this.#swallowing, due: 0, late: [], held: [] }
    this.#pairs.add(pair)
    client.on('data', (bytes) => this.#onSent(pair, bytes))
    upstream.on('data', (bytes) => this.#onReply(pair, bytes))
    for (const socket of [client, upstream]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        if (pair.swallowed && socket === upstream) return
        this.#pairs.delete(pair)
        client.destroy()
        upstream.destroy()
      })
    }
  }

  #onSent(pair: Pair, bytes: Buffer): void {
    if (pair.swallowed) return
    pair.sent = bytes.toString('latin1')
    pair.upstream.write(bytes)
    for (const drop of this.#dropping) {
      if (!drop.match(pair.sent)) continue
      this.#dropping.delete(drop)
      pair.upstream.removeAllListeners('data').resume()
      // Redis does all that it was sent before it sees the end; its own end tells that this is done.
      pair.upstream.end()
      pair.upstream.once('close', drop.done)
      return
    }
  }

  #onReply(pair: Pair, bytes: Buffer): void {
    if (pair.swallowed) return
    if (this.#holding) {
      pair.held.push(bytes)
      return
    }
    const now = performance.now()
    pair.due = Math.max(pair.due, now + this.#delayMs)
    if (pair.due <= now && pair.late.length === 0) pair.client.write(bytes)
    else this.#writeLater(pair, bytes)
  }

  /** In their order, whatever the timers' rounding. */
  #writeLater(pair: Pair, bytes: Buffer): void {
    pair.late.push(bytes)
    setTimeout(() => pair.client.write(pair.late.shift()!), Math.ceil(pair.due - performance.now()))
  }
}
