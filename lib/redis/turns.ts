import type { Connection } from './connection.ts'

/** Whether it is up to this worker to look after what the keys of a base hold; if so, it is for some time. */
export type TakeTurn = (base: string, forMs: number) => Promise<boolean>

/**
 * What every worker would do now and then, and one of them is enough for: whoever comes first does it, for all that come within a time.
 * Nobody is elected who could die in office.
 */
export function turnsOf(connection: Connection, worker: string): TakeTurn {
  return async (base, forMs) => {
    const holder = await connection.attempt((client) =>
      client.set(`${base}tended`, worker, 'PX', forMs, 'NX', 'GET'),
    )
    // Its own: no one else has done it meanwhile, and a lost reply may have given it this turn.
    return holder === null || holder === worker
  }
}
