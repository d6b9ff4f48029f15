import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { ScriptName } from './connection.ts'
import { slotGuard } from './keys.ts'
import { SCRIPTS } from './scripts.gen.ts'

const shas = new Map<ScriptName, string>()

function shaOf(script: ScriptName): string {
  const known = shas.get(script) ?? createHash('sha1').update(SCRIPTS[script]).digest('hex')
  shas.set(script, known)
  return known
}

/** Runs a script that changes nothing by the command that only such may be run with: who may read keys, and not write them, may run it. */
export async function readScript<T>(
  client: Redis,
  script: ScriptName,
  base: string,
  args: readonly (string | number)[] = [],
): Promise<T> {
  const keys = client.isCluster ? [base, slotGuard(base)] : [base]
  const rest = [keys.length, ...keys, ...args]
  try {
    return (await client.call('evalsha_ro', shaOf(script), ...rest)) as T
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
    return (await client.call('eval_ro', SCRIPTS[script], ...rest)) as T
  }
}
