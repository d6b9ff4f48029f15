import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidArgumentError } from '../core/errors.ts'
import { version } from '../core/version.ts'
import type { Scrape } from '../metrics/scrape.ts'
import { EventLoopLag } from './event-loop-lag.ts'
import type { Log } from './logger.ts'

/** Where a worker or a pool answers probes; nowhere by default. */
export interface ProbeOptions {
  readonly healthPort: number | undefined
  readonly metricsPort: number | undefined
  readonly healthHost: string
}

export interface ProbeSource {
  /** What `/readyz` says. */
  ready(): Promise<{ readonly isReady: boolean; readonly body: object }>
  /** What `/metrics` says. */
  metrics(accept: string): Promise<Scrape>
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** A prober that does not come to the point is not waited for. */
const REQUEST_MS = 10_000

/**
 * Answers `/healthz`, `/readyz` and `/metrics` by HTTP: the first two on the health port, the last on the metrics port, which may be the
 * same. Nothing is asked of Redis but by `/metrics`.
 */
export class ProbeServer {
  readonly #options: ProbeOptions
  readonly #source: ProbeSource
  readonly #log: Log
  readonly #servers = new Map<number, Server>()
  readonly #startedAt = performance.now()
  readonly #lag = new EventLoopLag()

  constructor(options: ProbeOptions, log: Log, source: ProbeSource) {
    this.#options = options
    this.#source = source
    this.#log = log
  }

  /** @throws InvalidArgumentError where a port cannot be had */
  async start(): Promise<void> {
    const { healthPort, metricsPort } = this.#options
    const ports = [healthPort, metricsPort].filter((port) => port !== undefined)
    if (ports.length === 0 || this.#servers.size > 0) return
    if (healthPort !== undefined) this.#lag.start()
    try {
      for (const port of new Set(ports)) await this.#listen(port)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async #listen(port: number): Promise<void> {
    const { healthPort, healthHost: host } = this.#options
    const server = createServer(
      { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
      (request, response) => void this.#respond(port, request, response),
    )
    this.#servers.set(port, server)
    server.listen(port, host)
    try {
      await once(server, 'listening')
    } catch (error) {
      const option = port === healthPort ? 'healthPort' : 'metricsPort'
      throw new InvalidArgumentError(
        `${option}: cannot listen on ${host}:${port}: ${(error as Error).message}; choose another port, or 0 for any free one`,
      )
    }
    const { port: bound } = server.address() as AddressInfo
    this.#log.info(`Answering ${this.#pathsOf(port).join(', ')} on http://${host}:${bound}`)
  }

  #pathsOf(port: number): string[] {
    const { healthPort, metricsPort } = this.#options
    return [
      ...(port === healthPort ? ['/healthz', '/readyz'] : []),
      ...(port === metricsPort ? ['/metrics'] : []),
    ]
  }

  async #respond(port: number, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, text } = await this.#answer(port, request).catch((error: Error) =>
      json(500, { status: 'error', error: error.message }),
    )
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : text)
  }

  async #answer(port: number, { method, url = '/', headers }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return json(405, { status: 'error', error: 'expected GET' })
    const paths = this.#pathsOf(port)
    const path = url.split('?', 1)[0]!
    if (!paths.includes(path))
      return json(404, { status: 'error', error: `expected one of ${paths.join(', ')}` })
    if (path === '/healthz') return json(200, this.#alive())
    if (path === '/readyz') {
      const { isReady, body } = await this.#source.ready()
      return json(isReady ? 200 : 503, body)
    }
    return { status: 200, ...(await this.#source.metrics(headers.accept ?? '')) }
  }

  /** That this is answered at all says most: the process lives and its event loop turns. */
  #alive(): object {
    return {
      status: 'ok',
      pid: process.pid,
      version: version(),
      node: process.version,
      uptimeSeconds: Math.round((performance.now() - this.#startedAt) / 1000),
      eventLoopLagMs: this.#lag.take()?.maxMs ?? 0,
    }
  }

  async stop(): Promise<void> {
    this.#lag.stop()
    const servers = [...this.#servers.values()]
    this.#servers.clear()
    await Promise.all(servers.map(close))
  }
}

function close(server: Server): Promise<unknown> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  return closed
}

function json(status: number, body: object): Answer {
  return { status, type: 'application/json', text: `${JSON.stringify(body)}\n` }
}
