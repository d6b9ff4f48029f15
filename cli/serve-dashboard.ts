import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNode } from '../lib/dashboard/adapters/node.ts'
import { dashboard } from '../lib/dashboard/app.ts'
import type { DashboardOptions } from '../lib/dashboard/options.ts'
import { CommandError, EXIT } from './exit-codes.ts'

const FIRST_PORT = 9182
const PORTS_TRIED = 100

interface Serving {
  /** @default the first free one from 9182 */
  readonly port: number | undefined
  readonly address: string
  readonly isOpening: boolean
  readonly signal: AbortSignal
  say(text: string): void
}

/** Serves until the signal aborts. @throws CommandError where there is no port to have */
export async function serveDashboard(options: DashboardOptions, serving: Serving): Promise<void> {
  const { signal, address, say } = serving
  const pages = dashboard(options)
  const server = createServer(toNode(pages))
  try {
    await listen(server, serving)
    const { port } = server.address() as AddressInfo
    const url = `http://${address.includes(':') ? `[${address}]` : address}:${port}/`
    const isClosed = options.auth === undefined && options.insecureNoAuth !== true
    say(`The dashboard is on ${url}${isClosed ? ', for this machine only' : ''}. Ctrl-C ends it.\n`)
    if (options.insecureNoAuth) say('Whoever can reach it may do all that it can: it asks for no password.\n')
    if (serving.isOpening) open(url)
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await pages.close()
    server.closeAllConnections()
    server.close()
  }
}

async function listen(server: Server, { port, address }: Serving): Promise<void> {
  const first = port ?? FIRST_PORT
  for (let tried = first; ; tried++) {
    server.listen(tried, address)
    try {
      await once(server, 'listening')
      return
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE' && port === undefined && tried < first + PORTS_TRIED) continue
      throw new CommandError(EXIT.failed, 'LISTEN', `cannot listen on ${address}:${tried}: ${message}`)
    }
  }
}

/** In the browser of whoever sits here; where there is none, the address stands above. */
function open(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url]
  const child = spawn(program!, args, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
