import { Redis } from 'ioredis'
import type { Endpoint, Library, Producer } from './library.ts'
import { PAYLOAD, QUEUE } from './library.ts'
import { packageVersion } from './version.ts'

// The raw limit: the same payload pushed onto a bare list. It is no queue; it shows what client and server allow.

async function produce(endpoint: Endpoint): Promise<Producer> {
  const redis = new Redis(endpoint)
  await redis.ping()
  const push = () => redis.lpush(QUEUE, JSON.stringify(PAYLOAD))
  return {
    enqueue: push,
    enqueueMany: (count) =>
      redis.lpush(QUEUE, ...Array.from({ length: count }, () => JSON.stringify(PAYLOAD))),
    close: () => redis.quit(),
  }
}

export const bareIoredis: Library = { title: 'bare LPUSH', version: packageVersion('ioredis'), produce }
