import type { JobHeaders } from '../core/headers.ts'

/** What a work-horse is given to run: one claimed job, its payloads still encoded as they stand in the store. */
export interface Assignment {
  readonly id: string
  readonly queue: string
  /** `path#export`, see core/function-name.ts. */
  readonly func: string
  /** The encoded argument list, see core/payload.ts. */
  readonly args: string
  /** Parents' encoded results by argument index, for arguments that were given as a Job. */
  readonly futures?: Readonly<Record<number, string>>
  /** 1 for the first run. */
  readonly attempt: number
  /** How often a worker died while it ran this job. */
  readonly recoveries: number
  /** Milliseconds, or null for no limit. */
  readonly timeoutMs: number | null
  /** Largest encoded result accepted, in bytes. */
  readonly resultLimit: number
  /** JSON of the job's meta, absent when empty. */
  readonly meta?: string
  /** Absent when there are none. */
  readonly headers?: JobHeaders
  readonly worker: string
  /** The format of its record, where that is newer than what this version reads. */
  readonly format?: string
  /** Not the job is to be run but these functions, told of how it failed: the error as JSON. */
  readonly failure?: {
    readonly handlers: readonly string[]
    readonly error: string
    readonly isFinal: boolean
  }
}

/** Why a running job's signal is aborted. */
export type AbortCause = 'timeout' | 'shutdown' | 'stopped' | 'lease lost'

/** How one run ended, as the horse saw it. Whether a failure is retried is not the horse's to say. */
export type Outcome =
  | {
      readonly kind: 'finished'
      readonly result: string
      /** Why there is no result although the job returned one: it cannot be encoded or is over the limit. */
      readonly resultError?: string
      readonly ms: number
    }
  | {
      readonly kind: 'failed'
      /** JSON of a RemoteError, see core/remote-error.ts. */
      readonly error: string
      /** True where another attempt cannot help: the function or the payload is missing or damaged, or the job said so. */
      readonly permanent: boolean
      /** True where this code does not have what it takes, and a newer or an older deployment may. */
      readonly unknown?: boolean
      /** Names of the error's classes that differ from its own name, for the policy of retries. Not stored. */
      readonly kinds?: readonly string[]
      readonly ms: number
    }
  | {
      /** The job asked to run again. What it left open is the policy's to say. */
      readonly kind: 'retry'
      readonly max?: number
      readonly delayMs?: number
      readonly atFront?: boolean
      /** JSON of a RemoteError with its reason and cause, or '' where it gave neither. */
      readonly error: string
      readonly ms: number
    }

/** What a running job reports before it ends. `value` is JSON for meta and progress, plain text for log. */
export type Update = { readonly kind: 'meta' | 'progress' | 'log'; readonly value: string }
