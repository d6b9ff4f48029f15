import { didYouMean } from '../lib/core/did-you-mean.ts'
import { checkQueueName } from '../lib/core/names.ts'
import { NotFoundError } from './exit-codes.ts'
import { allQueues } from './lib.ts'
import type { Session } from './session.ts'

/** The queues that are named, each of which must be there; without names, all. @throws NotFoundError */
export async function knownQueues(
  session: Session,
  named: readonly string[] = [],
): Promise<readonly string[]> {
  const known = await allQueues(session)
  if (named.length === 0) return known
  const missing = named.map(checkQueueName).find((name) => !known.includes(name))
  if (missing === undefined) return [...new Set(named)]
  const listed = known.length === 0 ? 'There are none yet.' : `There are: ${known.join(', ')}.`
  throw new NotFoundError(`there is no queue '${missing}'`, `${didYouMean(missing, known)} ${listed}`.trim())
}
