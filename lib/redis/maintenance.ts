import { ABANDONED } from '../core/abandoned.ts'
import { fingerprintOf } from '../core/fingerprint.ts'
import { DEFAULTS } from '../core/options.ts'
import { fromRef, type Ref } from '../core/record.ts'
import type { Upkeep } from '../core/store.ts'
import type { Connection } from './connection.ts'
import type { Outbox } from './outbox.ts'

/**
 * Calls of one kind go on for so long each tick. Each is small, so that other calls come between; and where many thousand jobs end in a second, as
 * many are over, which a number of calls would not keep up with.
 */
const TICK_MS = 3_000

/** One queue's upkeep: every script is atomic and idempotent, so that any number of workers may do it at once. */
export async function tend(
  connection: Connection,
  base: string,
  queue: string,
  outbox: Outbox,
): Promise<Upkeep> {
  const upkeep = { promoted: 0, expired: 0, recovered: 0, abandoned: 0, delivered: 0, repaired: 0 }
  // What these owe stands in the outbox, from where it is delivered.
  const forget = async () => {
    const [promoted, expired, more] = await connection.run<[number, number, number, string[]]>(
      'tend',
      base,
      [],
    )
    upkeep.promoted += promoted
    upkeep.expired += expired
    return more === 1 && promoted + expired > 0
  }
  const more = await forget()
  // Before many are forgotten, for whose jobs these are has waited long enough.
  const taken = await recover(connection, base)
  if (more) await forSomeTime(forget)
  upkeep.recovered = taken.recovered
  upkeep.abandoned = taken.abandoned
  let trouble: unknown
  await forSomeTime(async () => {
    const due = await outbox.deliverDue(queue)
    upkeep.delivered += due.delivered
    trouble ??= due.trouble
    return due.more
  })
  upkeep.repaired = await repair(connection, base, outbox, queue)
  // What cannot be delivered, for it leads to a queue that is damaged, keeps this one from nothing.
  if (trouble) throw trouble
  return upkeep
}

/** Takes back what workers hold whose lease has run out. */
export async function recover(connection: Connection, base: string) {
  const taken = { recovered: 0, abandoned: 0, owing: [] as string[] }
  await forSomeTime(async () => {
    const args = [DEFAULTS.maxRecoveries, ABANDONED, DEFAULTS.failureTtlMs, fingerprintOf(ABANDONED)]
    const [recovered, abandoned, more, owed] = await connection.run<[number, number, number, string[]]>(
      'recover',
      base,
      args,
    )
    taken.recovered += recovered
    taken.abandoned += abandoned
    taken.owing.push(...owed)
    return more === 1
  })
  return taken
}

/** Repeats what answers whether there is more. */
async function forSomeTime(step: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + TICK_MS
  while ((await step()) && performance.now() < end);
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
