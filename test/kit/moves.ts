import fc from 'fast-check'
import type { EndingKind, NewJob } from '../../lib/core/store.ts'

/** Numbers choose among what is there when the move is made. */
export type Move =
  | {
      readonly move: 'enqueue'
      readonly queue: number
      readonly what: Special
      readonly parents: readonly number[]
      /** The id of one that is there, or was. */
      readonly again: number | undefined
    }
  | {
      readonly move: 'claim'
      readonly queue: number
      readonly worker: number
      readonly want: number
      readonly begin: boolean
      readonly priorities: { readonly from: number; readonly to: number } | undefined
    }
  | { readonly move: 'begin'; readonly which: number }
  | { readonly move: 'keep'; readonly which: number; readonly stale: boolean }
  | {
      readonly move: 'end'
      readonly which: number
      readonly kind: EndingKind
      readonly ttl: number
      readonly atFront: boolean
      /** The reply is lost, and the same is sent again. */
      readonly twice: boolean
    }
  | {
      readonly move: Single
      readonly which: number
      readonly front: boolean
    }
  | { readonly move: 'forget' | 'handOver' | 'heartbeat'; readonly queue: number; readonly worker: number }
  | { readonly move: 'giveBackForgotten'; readonly which: number }
  | {
      readonly move: 'update'
      readonly which: number
      readonly stale: boolean
      readonly kind: 'meta' | 'progress' | 'log'
    }
  | { readonly move: 'die'; readonly queue: number; readonly worker: number }
  | { readonly move: 'elapse' }
  | {
      readonly move: 'pause' | 'resume'
      readonly queue: number
      readonly suspend: boolean
      readonly forMs: number | null
    }

export type Single = (typeof SINGLE)[number]

/** What is asked of one job at a time. */
const SINGLE = [
  'cancel',
  'cancelWithFlags',
  'delete',
  'purge',
  'requeue',
  'requeue',
  'take',
  'saveMeta',
  'cleanup',
] as const

export interface Special {
  readonly priority: number
  readonly atFront: boolean
  readonly delayed: boolean
  readonly allowFailure: boolean
  readonly ttlMs: number | undefined
  readonly failureTtlMs: number | null | undefined
  readonly unique: NewJob['unique']
  readonly limit: NewJob['limit']
  /** It tells a group of its end, one that is not there. */
  readonly grouped: boolean
  readonly tags: readonly string[]
}

export const index = fc.nat(99)
export const special: fc.Arbitrary<Special> = fc.record({
  priority: fc.constantFrom(0, 0, -1, 1),
  atFront: fc.boolean(),
  delayed: fc.constantFrom(false, false, true),
  allowFailure: fc.boolean(),
  ttlMs: fc.constantFrom(undefined, undefined, 10_000),
  failureTtlMs: fc.constantFrom(undefined, null, 0, 60_000),
  unique: fc.option(
    fc.record({
      key: fc.constantFrom('a', 'b'),
      onDuplicate: fc.constantFrom('reject' as const, 'existing' as const, 'replace' as const),
    }),
    { nil: undefined, freq: 2 },
  ),
  limit: fc.option(fc.record({ key: fc.constantFrom('a', 'b'), concurrency: fc.constantFrom(1, 2) }), {
    nil: undefined,
    freq: 2,
  }),
  grouped: fc.constantFrom(false, false, false, true),
  tags: fc.constantFrom([], [], ['a'], ['a', 'b']),
})
export const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      move: fc.constant('enqueue' as const),
      queue: index,
      what: special,
      parents: fc.array(index, { maxLength: 2 }),
      again: fc.option(index, { nil: undefined, freq: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      move: fc.constant('claim' as const),
      queue: index,
      worker: index,
      want: fc.integer({ min: 1, max: 3 }),
      begin: fc.boolean(),
      priorities: fc.option(fc.constantFrom({ from: -511, to: 0 }, { from: 1, to: 511 }), {
        nil: undefined,
        freq: 4,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('begin' as const), which: index }) },
  {
    weight: 1,
    arbitrary: fc.record({ move: fc.constant('keep' as const), which: index, stale: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      move: fc.constant('end' as const),
      which: index,
      kind: fc.constantFrom<EndingKind>(
        'finished',
        'finished',
        'failed',
        'stopped',
        'retry',
        'retryAsked',
        'snooze',
        'sleep',
        'cancel',
        'repeat',
        'giveBack',
        'giveBackAlone',
        'giveBackLater',
      ),
      ttl: fc.constantFrom(0, 60_000, -1),
      atFront: fc.boolean(),
      twice: fc.constantFrom(false, false, true),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      move: fc.constantFrom(
        ...(process.env.FUNQ_TEST_CLUSTER ? [] : (['handOver', 'handOver'] as const)),
        'heartbeat' as const,
        'forget' as const,
      ),
      queue: index,
      worker: index,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ move: fc.constant('giveBackForgotten' as const), which: index }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      move: fc.constant('update' as const),
      which: index,
      stale: fc.boolean(),
      kind: fc.constantFrom('meta' as const, 'progress' as const, 'log' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      move: fc.constantFrom(...SINGLE),
      which: index,
      front: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('die' as const), queue: index, worker: index }) },
  { weight: 2, arbitrary: fc.constant({ move: 'elapse' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      move: fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const),
      queue: index,
      suspend: fc.boolean(),
      forMs: fc.constantFrom(null, 5_000),
    }),
  },
)
