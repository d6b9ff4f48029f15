import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { RedisUnavailableError } from '../../core/errors.ts'

/**
 * Below the range from which kernels take the ports of outgoing connections. In that range a client that reconnects
 * while the server is down can be given the server's port as its own, and connect to itself.
 */
const FIRST = 15_000
const END = 32_000
const TRIES = 50

/** A loopback TCP port that nobody listens on at this moment; somebody may before it is used. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, END)
    if (await isFree(port)) return port
  }
  throw new RedisUnavailableError(
    `port: expected a free one of 127.0.0.1 from ${FIRST} to ${END - 1}, found none in ${TRIES} tries; name one`,
  )
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
