import { createConnection } from 'node:net'

/** What a server's unix socket answers: `loading` while it reads its data, `silent` when nobody answers. */
export type PingAnswer = 'ready' | 'loading' | 'silent'

const REPLY_TIMEOUT_MS = 1_000

/** One PING over a unix socket, which, unlike a port, can only be this server's. */
export function ping(socketPath: string): Promise<PingAnswer> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath)
    const settle = (answer: PingAnswer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(REPLY_TIMEOUT_MS, () => settle('silent'))
    socket.once('error', () => settle('silent'))
    socket.once('close', () => settle('silent'))
    socket.once('connect', () => socket.write('PING\r\n'))
    // Any other error, such as NOAUTH, comes from a server that is up.
    socket.once('data', (reply) => settle(reply.toString().startsWith('-LOADING') ? 'loading' : 'ready'))
  })
}
