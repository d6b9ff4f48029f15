import { expect, test } from 'vitest'
import { wipe } from '../kit/keyspace.ts'
import { child, describeStore, job } from '../kit/stores.ts'
import { walk } from '../kit/walker.ts'

describeStore('the walker', 'redis', (t) => {
  /** What it says of a sound store after something was broken; the pieces are swept up. */
  const walkBroken = async (): Promise<string[]> => {
    const broken = await walk(t.redis, t.prefix)
    await wipe(t.redis, t.prefix)
    return broken
  }

  const setUp = async () => {
    await t.enqueue(
      job('done'),
      job('runs'),
      job('waits'),
      job('later', { inMs: 60_000 }),
      child('child', ['waits']),
    )
    await t.run()
    await t.claim()
    expect(await walk(t.redis, t.prefix)).toEqual([])
  }

  test.each<[string, (string | number)[], string]>([
    ['a job in two states', ['zadd', 'failed', 1, 'waits'], 'q: job waits is in failed and queued'],
    ['a job in no state', ['zrem', 'queued', 'waits'], 'q: job waits says queued and is nowhere'],
    ['an id without a record', ['zadd', 'queued', 1, 'nobody'], 'q: queued holds nobody, which is no job'],
    [
      'a claim without a record',
      ['hset', 'started:w', 'nobody', '1:1'],
      'q: started:w holds nobody, which is no job',
    ],
    [
      'a status that lies',
      ['hset', 'job:waits', 'st', 'failed'],
      'q: job waits says failed and is in queued',
    ],
    ['a status that is none', ['hset', 'job:waits', 'st', 'odd'], 'q: job waits has the status odd'],
    ['a waiting job that expires', ['expire', 'job:later', 60], 'q: job later is scheduled and will expire'],
    ['a worker without a lease', ['zrem', 'workers', 'w'], 'q: started:w has jobs, but w has no lease'],
    ['a log that stays', ['rpush', 'log:nobody', 'a line'], 'q: log:nobody has outlived its job'],
    ['a watch on an ended job', ['hset', 'watched', 'done', 'x'], 'q: watched names done, which is finished'],
    ['a parent that will not tell', ['hdel', 'watched', 'waits'], 'q: dependents:waits will not be told'],
    ['a key of nobody', ['set', 'rubbish', 1], 'q: rubbish is no known key and does not expire'],
    ['a key of another type', ['set', 'bell:', 1], 'q: bell: is no known key and does not expire'],
    ['a counter that is none', ['hset', 'stats', 'failed', '-1'], 'q: counter failed is -1'],
  ])('finds %s', async (_, [command, key, ...args], said) => {
    await setUp()
    await t.redis.call(command as string, t.key(key as string), ...args)
    expect((await walkBroken()).join('\n')).toContain(said)
  })

  test('finds an ended job that stays for ever', async () => {
    await setUp()
    await t.redis.persist(t.key('job:done'))
    expect((await walkBroken()).join()).toContain('job done is finished and expires at -1, its set says')
  })

  test('finds a child that its parent does not know of', async () => {
    await setUp()
    await t.redis.del(t.key('dependents:waits'))
    expect(await walkBroken()).toEqual(['q: job child waits for waits@q, which does not know of it'])
  })

  test('finds a queue that nobody would list', async () => {
    await setUp()
    await t.redis.srem(`${t.prefix}:queues`, 'q')
    expect(await walkBroken()).toEqual(['queue q is missing from queues'])
  })
})
