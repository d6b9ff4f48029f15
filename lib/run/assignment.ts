import type { JobHeaders } from '../core/headers.ts'
import type { UpdateKind } from '../core/store.ts'

/** What a work-horse is given to run: one claimed job, its payloads still encoded as they stand in the store. */
export interface Assignment {
  readonly id: string
  readonly queue: string
  /** `path#export`, see core/function-name.ts. */
  readonly func: string
  /** The encoded argument list, see core/payload.ts. */
  readonly args: string
  /** Parents' results by argument index, for arguments that were given as a Job. */
  readonly futures?: Readonly<Record<number, ParentResult>>
  /** 1 for the first run. */
  readonly attempt: number
  /** By the policy of its retries, absent where it has none. */
  readonly maxAttempts?: number
  /** How often a worker died while it ran this job. */
  readonly recoveries: number
  /** Milliseconds, or null for no limit. */
  readonly timeoutMs: number | null
  /** Largest encoded result accepted, in bytes. */
  readonly resultLimit: number
  /** How often the job has put itself off, absent while never. */
  readonly snoozes?: number
  /** JSON of the job's meta, absent when empty. */
  readonly meta?: string
  /** Absent when there are none. */
  readonly headers?: JobHeaders
  /** Since when it had been queued, by the worker's clock, of a job with headers: for what measures its wait. */
  readonly queuedAt?: number
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

/** What a parent, of this id, has returned, encoded. */
export interface ParentResult {
  readonly id: string
  readonly result: string
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
      /** True where this process would fail it again, whatever is mended: Node keeps what loading a module came to. */
      readonly stuck?: boolean
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
  | {
      /** The job is to run again later, as though this run had not been. */
      readonly kind: 'snooze'
      readonly delayMs: number
      readonly max?: number
      readonly atFront?: boolean
      /** As of a retry. */
      readonly error: string
      readonly ms: number
    }
  /** The same, at a durable sleep. */
  | { readonly kind: 'sleep'; readonly delayMs: number; readonly ms: number }
  | { readonly kind: 'cancel'; readonly reason: string; readonly ms: number }

/** What a running job reports before it ends. `value` is JSON for meta and progress, else plain text; what was printed may be several lines. */
export type Update = { readonly kind: UpdateKind; readonly value: string }

/** What a running job asks of the store, and waits for. */
export type Ask =
  /** All that its earlier runs have kept. */
  | { readonly kind: 'kept' }
  /** Keeps what a step came to, or a checkpoint: the payload is encoded. */
  | { readonly kind: 'keep'; readonly name: string; readonly payload: string }
  /** Begins a sleep, unless an earlier run has. */
  | { readonly kind: 'sleep'; readonly name: string; readonly ms: number }

export type Answer =
  | { readonly kind: 'kept'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'done' }
  /** The sleep is over in so many ms, or has been where that is not above 0. */
  | { readonly kind: 'due'; readonly inMs: number }
  /** The claim does not stand any more. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'refused'; readonly reason: string }
