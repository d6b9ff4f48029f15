import { SCRIPTS } from '../../lib/redis/scripts.gen.ts'
import type { RedisStore } from '../../lib/redis/store.ts'

/**
 * In how many round trips something is done: a command that is sent after an answer has come belongs to a later one. What is sent
 * together counts once.
 */
export async function roundTrips<T>(
  store: RedisStore,
  work: () => Promise<T>,
): Promise<{ trips: number; commands: number; result: T }> {
  const client = store.connection.client as unknown as {
    sendCommand(command: { promise: Promise<unknown> }, stream?: unknown): unknown
  }
  // Connected, and its scripts known there, before anything is counted.
  await store.connection.attempt(async (redis) => {
    for (const lua of Object.values(SCRIPTS)) await redis.script('LOAD', lua)
  })
  const send = client.sendCommand
  let answered = 0
  let trips = 0
  let commands = 0
  client.sendCommand = function (command, stream) {
    const mine = answered + 1
    trips = Math.max(trips, mine)
    commands++
    const reply = send.call(this, command, stream)
    const done = () => {
      answered = Math.max(answered, mine)
    }
    command.promise.then(done, done)
    return reply
  }
  try {
    const result = await work()
    return { result, trips, commands }
  } finally {
    client.sendCommand = send
  }
}
