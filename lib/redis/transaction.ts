import type { ChainableCommander, Cluster, Redis } from 'ioredis'
import { InvalidArgumentError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import { type Ref, toRef } from '../core/record.ts'
import type { NewJob } from '../core/store.ts'
import { slotGuard } from './keys.ts'
import { SCRIPTS } from './scripts.gen.ts'
import { enqueueArgs } from './scripts.ts'

/** A transaction of the caller's: what ioredis's `redis.multi()` gives. */
export type Transaction = ChainableCommander

/**
 * Enqueues as `enqueue.lua` does, but a refusal is an error reply, for a caller who looks at what `exec()` answers. By its text: a
 * hash that the server does not know would break the transaction.
 */
const SCRIPT = `local reply = (function()
${SCRIPTS.enqueue}
end)()
if reply[1] == 0 then return 'OK' end
local first = reply[1][1]
local texts = (string.byte(ARGV[6]) == 91 and cjson.decode or cmsgpack.unpack)(ARGV[6])
local job = texts[2 * first[1] + 1]
local others = ' Refused were ' .. #reply[1] .. ' of the ' .. #texts / 2 .. ' jobs of this call.'
if first[2] == 'duplicate' then
return redis.error_reply('DUPLICATE_JOB there is a job ' .. job .. ' already.' .. others)
elseif first[2] ~= 'parent' then
return redis.error_reply('DUPLICATE_JOB job ' .. first[3] .. ' has the unique key of job ' .. job .. '.' .. others)
end
return redis.error_reply('DEPENDENCY_NOT_FOUND job ' .. job .. ' depends on ' .. first[3] .. ', which is not there.' .. others)`

const JOBS_A_CALL = 250

/** What a transaction will have enqueued once it is committed: jobs of other queues may depend on that. */
const promised = new WeakMap<Transaction, Set<Ref>>()

/** Whether a job will be there because of this very transaction. */
export function isPromised(transaction: Transaction, ref: Ref): boolean {
  return promised.get(transaction)?.has(ref) ?? false
}

/** @throws InvalidArgumentError for what is no transaction, or one that would write to other keys */
export function checkTransaction(given: unknown, ours: Redis | Cluster): Transaction {
  const transaction = given as Transaction & Pipeline
  if (transaction?.isPipeline !== true || typeof transaction.eval !== 'function') {
    const got = given instanceof Promise ? 'a Promise' : typeof given
    throw new InvalidArgumentError(
      `transaction: expected what ioredis's redis.multi() gives, not awaited and not { pipeline: false }, got ${got}`,
    )
  }
  if (transaction.nodeifiedPromise) {
    throw new InvalidArgumentError('transaction: expected one that is still open, got one after its exec()')
  }
  const [theirs, own] = [transaction.redis?.options?.keyPrefix ?? '', keyPrefixOf(ours)]
  if (theirs === own) return transaction
  throw new InvalidArgumentError(
    `transaction: expected a client with the keyPrefix of the queue's connection (${JSON.stringify(own)}), got ${JSON.stringify(theirs)}`,
  )
}

/** What ioredis does not declare of it. */
interface Pipeline {
  readonly redis?: Redis
  readonly isPipeline?: boolean
  /** Set by `exec()`; what is appended after that would never be sent. */
  readonly nodeifiedPromise?: boolean
  /** Settled when `exec()` is answered. */
  readonly promise?: Promise<unknown>
}

function keyPrefixOf(client: Redis | Cluster): string {
  return (client as Redis).options.keyPrefix ?? ''
}

/** Calls back when `exec()` has been answered, whatever it said. */
export function onExec(transaction: Transaction, listener: () => void): void {
  ;(transaction as Transaction & Pipeline).promise?.then(listener, () => {})
}

/** Appends the enqueue of jobs. */
export function appendEnqueue(
  transaction: Transaction,
  base: string,
  queue: string,
  jobs: readonly NewJob[],
): void {
  const refs = promised.get(transaction) ?? new Set()
  promised.set(transaction, refs)
  for (let first = 0; first < jobs.length; first += JOBS_A_CALL) {
    const batch = jobs.slice(first, first + JOBS_A_CALL)
    for (const { id } of batch) refs.add(toRef(id, queue))
    const args = enqueueArgs(queue, batch, undefined, DEFAULTS.failureTtlMs, false)
    transaction.eval(SCRIPT, 2, base, slotGuard(base), ...args)
  }
}
