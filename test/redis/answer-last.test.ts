import { expect, test } from 'vitest'
import { Enqueuer } from '../../lib/redis/enqueuer.ts'
import type { RedisStore } from '../../lib/redis/store.ts'
import { describeStore, ending, job } from '../kit/stores.ts'

/** Redis writes last to the client that was the first to get something to be written: a PING before the arrow makes that its caller. */
describeStore('an answer that others come before', 'redis', (t) => {
  /** What goes out while `work` is done. */
  async function sent(work: (store: RedisStore) => Promise<unknown>): Promise<string[]> {
    const store = t.store as RedisStore
    await store.connection.attempt((client) => client.ping())
    const client = store.connection.client as unknown as { sendCommand(command: { name: string }): unknown }
    const names: string[] = []
    const send = client.sendCommand
    client.sendCommand = function (command, ...more: []) {
      names.push(command.name)
      return send.call(this, command, ...more)
    }
    try {
      await work(store)
    } finally {
      client.sendCommand = send
    }
    return names.map((name) => name.replace('evalsha', 'eval'))
  }

  const enqueue = (channel: string | undefined, ...ids: string[]) =>
    sent(({ connection }) => {
      const enqueuer = new Enqueuer(
        connection,
        'q',
        t.key(''),
        't:control:',
        () => {},
        async () => {},
      )
      return enqueuer.add(
        ids.map((id) => job(id)),
        channel,
      )
    })

  const step = (...tokens: string[]) =>
    sent((store) => {
      const endings = tokens.map((token, i) => ending({ id: `j${i}`, token, attempt: 1 } as never))
      return store.step('q', 'w', { endings, beginnings: [], want: 0, begin: false, held: 0 })
    })

  test('is that to a lone job that is awaited, which an idle worker may be handed', async () => {
    await t.enqueue(job('first'))
    expect(await enqueue('t:client:c', 'a')).toEqual(['ping', 'eval'])
    expect(await enqueue(undefined, 'b')).toEqual(['eval'])
    expect(await enqueue('t:client:c', 'c', 'd')).toEqual(['eval'])
  })

  test('is that to the end of a job that was handed over', async () => {
    expect(await step('h1:1')).toEqual(['ping', 'eval'])
    expect(await step('1:1')).toEqual(['eval'])
    expect(await step('h1:1', '1:2')).toEqual(['eval'])
  })
})
