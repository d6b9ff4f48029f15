import { deserialize, serialize } from 'node:v8'
import { type ConnectionSpec, isClient } from './target.ts'

/** Where a worker is, as whoever runs its jobs in another process or thread has to know it. */
export interface Place {
  readonly connection?: ConnectionSpec | undefined
  readonly prefix?: string | undefined
}

/**
 * As text, or undefined where the connection holds what cannot be sent, as a function among its TLS options does. Of a client that is lent its
 * options are sent; functions among them say how to reconnect, and not where.
 */
export function packPlace({ connection, prefix }: Place): string | undefined {
  if (typeof connection === 'object' && isClient(connection) && connection.isCluster) return undefined
  const spec = typeof connection === 'object' && isClient(connection) ? connection.options : connection
  const plain =
    typeof spec === 'object'
      ? Object.fromEntries(Object.entries(spec).filter(([, value]) => typeof value !== 'function'))
      : spec
  try {
    return serialize({ connection: plain, prefix }).toString('base64')
  } catch {
    return undefined
  }
}

export function unpackPlace(text: string): Place {
  return deserialize(Buffer.from(text, 'base64')) as Place
}
