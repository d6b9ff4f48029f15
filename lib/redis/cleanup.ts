import { isEnded, type JobStatus } from '../core/states.ts'
import type { Connection } from './connection.ts'
import { recover } from './maintenance.ts'

/** Takes out of one state what is in it in vain. Answers how many jobs that were, and whose dependents are owed word. */
export async function cleanup(
  connection: Connection,
  base: string,
  state: JobStatus,
): Promise<{ cleaned: number; owing: string[] }> {
  if (state === 'started') {
    const { recovered, abandoned, owing } = await recover(connection, base)
    return { cleaned: recovered + abandoned, owing }
  }
  return isEnded(state) ? expire(connection, base, state) : compact(connection, base, state)
}

async function expire(connection: Connection, base: string, state: JobStatus) {
  const done = { cleaned: 0, owing: [] as string[] }
  for (let more = 1; more === 1; ) {
    const reply = await connection.run<[number, number, string[]]>('expire', base, [state])
    more = reply[1]
    done.cleaned += reply[0]
    done.owing.push(...reply[2])
  }
  return done
}

async function compact(connection: Connection, base: string, state: JobStatus) {
  const done = { cleaned: 0, owing: [] as string[] }
  for (let offset = 0, looked = 100; looked === 100; ) {
    const reply = await connection.run<[number, number, string[]]>('compact', base, [state, offset])
    looked = reply[0]
    offset += looked - reply[1]
    done.cleaned += reply[1]
    done.owing.push(...reply[2])
  }
  return done
}
