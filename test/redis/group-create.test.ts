import { expect, test } from 'vitest'
import { DuplicateJobError, Group } from '../../lib/index.ts'
import { Connection } from '../../lib/redis/connection.ts'
import { RedisStore } from '../../lib/redis/store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { calls, FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

test('a group is made once though the reply is lost, and a second one of its id is refused all the same', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const where = { connection: proxy.url, prefix: h.prefix }
  const lost = proxy.dropReply(calls('group_create'))
  const group = await Group.create({ ...where, id: 'once' })
  await lost
  expect(await group.progress()).toMatchObject({ id: 'once', total: 0 })
  const lostAgain = proxy.dropReply(calls('group_create'))
  await expect(Group.create({ ...where, id: 'once' })).rejects.toThrow(DuplicateJobError)
  await lostAgain
})

test('a group that is listed and about to be made stays listed when a worker looks after groups meanwhile', async () => {
  const store = new RedisStore(new Connection(toTarget(REDIS_URL)), h.prefix)
  const [seconds] = await h.redis.time()
  const now = Number(seconds) * 1000
  await h.redis.zadd(`${h.prefix}:groups`, now, 'coming', now - 120_000, 'over')
  await store.groups.tend()
  expect(await store.groups.all()).toEqual(['coming'])
  await store.close()
})
