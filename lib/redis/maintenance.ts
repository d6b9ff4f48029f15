import { ABANDONED } from '../core/abandoned.ts'
import { fingerprintOf } from '../core/fingerprint.ts'
import { DEFAULTS } from '../core/options.ts'
import { fromRef, type Ref } from '../core/record.ts'
import type { Upkeep } from '../core/store.ts'
import type { Connection } from './connection.ts'
import type { Outbox } from './outbox.ts'

/** Calls of one kind a tick, so that a large backlog does not keep a worker from its work. */
const ROUNDS = 50

/** One queue's upkeep: every script is atomic and idempotent, so that any number of workers may do it at once. */
export async function tend(
  connection: Connection,
  base: string,
  queue: string,
  outbox: Outbox,
): Promise<Upkeep> {
  const upkeep = { promoted: 0, expired: 0, recovered: 0, abandoned: 0, delivered: 0, repaired: 0 }
  const owing: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const [promoted, expired, more, owed] = await connection.run<[number, number, number, string[]]>(
      'tend',
      base,
      [],
    )
    upkeep.promoted += promoted
    upkeep.expired += expired
    owing.push(...owed)
    if (more === 0 || promoted + expired === 0) break
  }
  const taken = await recover(connection, base)
  upkeep.recovered = taken.recovered
  upkeep.abandoned = taken.abandoned
  owing.push(...taken.owing)
  await outbox.deliver(queue, owing)
  upkeep.delivered = owing.length + (await outbox.deliverDue(queue))
  upkeep.repaired = await repair(connection, base, outbox, queue)
  return upkeep
}

/** Takes back what workers hold whose lease has run out. */
export async function recover(connection: Connection, base: string) {
  const taken = { recovered: 0, abandoned: 0, owing: [] as string[] }
  for (let round = 0; round < ROUNDS; round++) {
    const args = [DEFAULTS.maxRecoveries, ABANDONED, DEFAULTS.failureTtlMs, fingerprintOf(ABANDONED)]
    const [recovered, abandoned, more, owed] = await connection.run<[number, number, number, string[]]>(
      'recover',
      base,
      args,
    )
    taken.recovered += recovered
    taken.abandoned += abandoned
    taken.owing.push(...owed)
    if (more === 0) break
  }
  return taken
}

/** As many deferred jobs are looked at each tick: any, for each tick may be another worker's. */
const DEFERRED_A_LOOK = 100

/**
 * The net below the arrows: a deferred job whose parent's record was lost from outside would wait for ever. One whose parent is
 * gone is told so.
 */
async function repair(connection: Connection, base: string, outbox: Outbox, queue: string): Promise<number> {
  const found = await connection.attempt((client) => client.zrandmember(`${base}deferred`, DEFERRED_A_LOOK))
  let repaired = 0
  for (const child of found as string[]) {
    const lost = await lostParent(connection, base, child)
    if (!lost) continue
    await outbox.tell(child, queue, lost, 'gone')
    repaired++
  }
  return repaired
}

/** Of a job with very many parents a random few are looked at each time, for the first of them lost decides. */
const PARENTS_A_LOOK = 20

async function lostParent(connection: Connection, base: string, child: string): Promise<Ref | undefined> {
  const prefix = base.slice(0, base.indexOf('{'))
  return connection.attempt(async (client) => {
    const reply = await client.hrandfield(`${base}parents:${child}`, PARENTS_A_LOOK, 'WITHVALUES')
    // RESP3 pairs what RESP2 lists one after the other.
    const sample = ((reply ?? []) as (string | string[])[]).flat()
    const waiting = sample.filter((_, i) => i % 2 === 0 && /^[wf]/.test(sample[i + 1]!)) as Ref[]
    const there = await Promise.all(
      waiting.map((parent) => {
        const { id, queue } = fromRef(parent)
        return client.exists(`${prefix}{${queue}}:job:${id}`)
      }),
    )
    return waiting.find((_, i) => there[i] === 0)
  })
}
