import { createHmac, timingSafeEqual } from 'node:crypto'
import type { CronDefinition } from './cron-definition.ts'
import { InvalidArgumentError } from './errors.ts'
import type { GroupCallback } from './groups.ts'
import type { StoredOptions } from './record.ts'
import type { NewJob } from './store.ts'

/** One secret, or several while they are rotated: the first one signs, each of them is accepted. */
export type Secret = string | readonly string[]

const SHORTEST = 16

/** What of a job is signed, wherever it stands. */
interface SignedJob {
  readonly id: string
  readonly func: string | null
  readonly args: string | null
  readonly options: StoredOptions
  readonly signature?: string | null | undefined
}

/**
 * Signs what makes a worker call functions, with HMAC-SHA-256 over a JSON list that begins with its kind and its place, so that
 * nothing that was signed can stand anywhere else. Options are signed as they are read, not as they are written: what is
 * verified is what is acted on.
 */
export class Signer {
  readonly #secrets: readonly string[]
  readonly #prefix: string

  /** @param prefix of all keys: other prefixes on the same server are other places @throws InvalidArgumentError */
  constructor(secret: Secret, prefix: string) {
    this.#secrets = checkSecret(secret)
    this.#prefix = prefix
  }

  /** The job with its signature. One that brings a signature, be it an empty one, keeps it. */
  signed(queue: string, job: NewJob): NewJob {
    if (job.signature !== undefined) return job
    return { ...job, signature: this.#sign(this.#jobText(queue, job)) }
  }

  isJob(queue: string, job: SignedJob): boolean {
    return this.#verify(this.#jobText(queue, job), job.signature)
  }

  /** The signature is part of the revision: with a new secret the definition is stored anew. */
  signedCron(definition: CronDefinition): CronDefinition {
    const signature = this.#sign(this.#cronText(definition))
    return { ...definition, rev: `${definition.rev}${signature.slice(0, 16)}`, signature }
  }

  isCron(definition: CronDefinition): boolean {
    return this.#verify(this.#cronText(definition), definition.signature)
  }

  signedCallback(group: string, callback: GroupCallback): GroupCallback {
    return { ...callback, signature: this.#sign(this.#callbackText(group, callback)) }
  }

  isCallback(group: string, callback: GroupCallback): boolean {
    return this.#verify(this.#callbackText(group, callback), callback.signature)
  }

  #jobText(queue: string, { id, func, args, options }: SignedJob): string {
    return this.#text('job', queue, id, func, args, JSON.stringify(options))
  }

  #cronText({ rev: _, signature: __, ...entry }: CronDefinition): string {
    return this.#text('cron', JSON.stringify(entry))
  }

  #callbackText(group: string, { func, queue, timeoutMs }: GroupCallback): string {
    return this.#text('group', group, queue, func, timeoutMs)
  }

  #text(kind: string, ...parts: readonly unknown[]): string {
    return JSON.stringify(['funq', 1, kind, this.#prefix, ...parts])
  }

  #sign(text: string): string {
    return hmac(this.#secrets[0]!, text).toString('base64url')
  }

  #verify(text: string, signature: unknown): boolean {
    if (typeof signature !== 'string') return false
    const given = Buffer.from(signature, 'base64url')
    return this.#secrets.some((secret) => {
      const wanted = hmac(secret, text)
      return given.length === wanted.length && timingSafeEqual(given, wanted)
    })
  }
}

/** @throws InvalidArgumentError */
export function checkSecret(secret: Secret): readonly string[] {
  const secrets = [secret].flat() as readonly unknown[]
  // The message must not show what came.
  if (secrets.length === 0 || !secrets.every((each) => typeof each === 'string' && each.length >= SHORTEST)) {
    throw new InvalidArgumentError(
      `secret: expected a string of at least ${SHORTEST} characters, or a list of them of which the first one signs; make one with: openssl rand -base64 32`,
    )
  }
  return secrets as readonly string[]
}

function hmac(secret: string, text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}
