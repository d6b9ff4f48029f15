import { type CutRecord, type Look, type Looked, lookAt } from '../../redis/rows.ts'
import type { RedisStore } from '../../redis/store.ts'
import type { Position } from './cursor.ts'

/** One set in many queues. `isTimed`: its scores are times, so that the queues' jobs are merged; else they come queue by queue. */
export interface Segment {
  readonly set: string
  /** From its end. */
  readonly back: boolean
  readonly isTimed: boolean
  /** How many jobs there are, where that is known. */
  readonly streams: readonly { readonly queue: string; readonly count: number | undefined }[]
}

/** One set in one queue, and how far it has been looked at. */
interface Stream {
  readonly segment: number
  readonly queue: string
  /** Known from its first look at the latest. */
  count: number | undefined
  /** Found, and not in the page yet. */
  readonly found: CutRecord[]
  /** Where to go on. */
  from: Partial<Look>
  last: { readonly id: string; readonly score: string } | undefined
  isOver: boolean
}

/** The most jobs that one call looks at, and that one script does. */
const LOOKED_AT = 5_000
const A_LOOK = 1_000
/** What is looked for takes no longer; a list that asks for nothing waits as any command does. */
const LONGEST_MS = 1_500
/** Of texts that one call reads, and one script: arguments may be long. */
const BYTES = 64 * 1024 * 1024
const BYTES_A_LOOK = 4 * 1024 * 1024
/** With the two round trips before them these are four. */
const ROUNDS = 2

/** Puts one page together from many sets, in their order, without looking at more than a bounded number of jobs, or for long. */
export class Merge {
  readonly records: CutRecord[] = []
  now = 0
  scanned: number
  total = 0
  next: Position | undefined
  /** Whether it stopped looking before the page was full. */
  isCut = false
  readonly #store: RedisStore
  readonly #segments: readonly Segment[]
  readonly #conditions: Partial<Look>
  readonly #limit: number
  readonly #streams: readonly Stream[]

  constructor(
    store: RedisStore,
    segments: readonly Segment[],
    conditions: Partial<Look>,
    limit: number,
    position: Position | undefined,
  ) {
    this.#store = store
    this.#segments = segments
    this.#conditions = conditions
    this.#limit = limit
    this.scanned = position?.scanned ?? 0
    this.#streams = segments.flatMap(({ streams, isTimed }, segment) =>
      streams.map(({ queue, count }) => newStream(segment, queue, count, isTimed, position)),
    )
  }

  async run(): Promise<void> {
    this.total = this.#streams.reduce((sum, { count }) => sum + (count ?? 0), 0)
    const end = this.#hasConditions ? performance.now() + LONGEST_MS : Number.POSITIVE_INFINITY
    let budget = LOOKED_AT
    for (let round = 0; round < ROUNDS; round++) {
      const chosen = this.#choose(budget)
      const left = end - performance.now()
      if (chosen.length === 0 || left <= 0) break
      const share = this.#share(round, chosen.length, budget)
      budget -= await this.#look(chosen, share, left)
      if (this.#fill()) return
    }
    if (this.now === 0) this.now = Date.now()
  }

  get #hasConditions(): boolean {
    return Object.keys(this.#conditions).length > 0
  }

  /** How many jobs to look at in each of so many streams. */
  #share(round: number, streams: number, budget: number): number {
    const left = this.#limit - this.records.length
    if (!this.#hasConditions)
      return streams <= 4 || round > 0 ? left : Math.max(3, Math.ceil((3 * left) / streams))
    return Math.max(20, Math.floor((round === 0 ? Math.min(A_LOOK, budget) : budget) / streams))
  }

  /** The streams that come next, as many as are likely to fill the page. Those of a set whose jobs are merged are asked together. */
  #choose(budget: number): Stream[] {
    const chosen: Stream[] = []
    const need = this.#hasConditions ? budget : this.#limit - this.records.length
    let expected = 0
    let segment = -1
    for (const stream of this.#streams) {
      if (stream.isOver) continue
      const isTogether = stream.segment === segment && this.#segments[segment]!.isTimed
      if (expected >= need && !isTogether) break
      segment = stream.segment
      expected += stream.found.length + (stream.count ?? 1)
      // What has found something already is asked when it is used up.
      if (stream.found.length === 0) chosen.push(stream)
    }
    return chosen
  }

  /** Answers how many jobs it has looked at. */
  async #look(streams: readonly Stream[], share: number, withinMs: number): Promise<number> {
    const asked = streams.flatMap((stream) => {
      const most = Math.min(share, stream.count ?? share)
      const looks = Array.from({ length: Math.max(1, Math.ceil(most / A_LOOK)) }, (_, i) => i * A_LOOK)
      return looks.map((skip) => ({
        stream,
        look: this.#lookOf(stream, skip, Math.min(A_LOOK, most - skip)),
      }))
    })
    const answers = await lookAt(
      this.#store,
      asked.map(({ stream, look }) => ({
        queue: stream.queue,
        look:
          this.#conditions.text === undefined
            ? look
            : { ...look, bytes: Math.min(BYTES_A_LOOK, Math.floor(BYTES / asked.length)) },
      })),
      withinMs,
    )
    const broken = new Set<Stream>()
    let looked = 0
    for (const [i, answer] of answers.entries()) {
      const { stream, look } = asked[i]!
      if (answer === undefined) {
        broken.add(stream)
        continue
      }
      this.now = answer.now
      if (stream.count === undefined) {
        stream.count = answer.total
        this.total += answer.total
      }
      // What lies behind a look that was full too soon, or is not answered, is looked at another time.
      if (broken.has(stream)) continue
      if (answer.looked < look.look && answer.hasMore) broken.add(stream)
      looked += answer.looked
      take(stream, answer)
    }
    this.scanned += looked
    return looked
  }

  #lookOf({ segment, from }: Stream, skip: number, look: number): Look {
    const { set, back } = this.#segments[segment]!
    return { set, back, ...from, skip, look: Math.max(1, look), limit: this.#limit, ...this.#conditions }
  }

  /** Moves what has been found into the page, in order, up to what has not been looked at. Answers whether there is nothing more to do. */
  #fill(): boolean {
    for (;;) {
      const first = this.#first()
      if (!first) {
        this.next = undefined
        this.isCut = false
        return true
      }
      const record = first.found[0]
      if (!record) {
        this.next = this.#positionOf(first)
        this.isCut = true
        return false
      }
      if (this.records.length === this.#limit) return true
      this.records.push(first.found.shift()!)
      this.next = { ...this.#positionOf(first), id: record.id, score: record.score }
      this.isCut = false
      if (this.records.length === this.#limit && !this.#first()) {
        this.next = undefined
        return true
      }
    }
  }

  #positionOf({ segment, queue, last }: Stream): Position {
    return { segment, queue, id: last?.id ?? '', score: last?.score ?? '', scanned: this.scanned }
  }

  /** The stream with the job that comes next, or with what may be that job. */
  #first(): Stream | undefined {
    let first: Stream | undefined
    for (const stream of this.#streams) {
      if (stream.isOver && stream.found.length === 0) continue
      if (!first || this.#isBefore(stream, first)) first = stream
    }
    return first
  }

  #isBefore(a: Stream, b: Stream): boolean {
    if (a.segment !== b.segment) return a.segment < b.segment
    const { isTimed, back } = this.#segments[a.segment]!
    // Streams are in the order of their queues: of two that are equal the first one stays.
    if (!isTimed) return false
    const [one, two] = [edgeOf(a, back), edgeOf(b, back)]
    return back ? one > two : one < two
  }
}

/** Where a stream goes on: nothing of it comes before this. */
function edgeOf({ found, last }: Stream, back: boolean): number {
  const score = found[0]?.score ?? last?.score
  if (score === undefined) return back ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  return score.replace('+', '') === 'inf' ? Number.POSITIVE_INFINITY : Number(score)
}

function newStream(
  segment: number,
  queue: string,
  count: number | undefined,
  isTimed: boolean,
  position: Position | undefined,
): Stream {
  const stream: Stream = { segment, queue, count, found: [], from: {}, last: undefined, isOver: false }
  if (!position || segment > position.segment) return stream
  if (segment < position.segment || (!isTimed && queue < position.queue)) return { ...stream, isOver: true }
  if (position.score === '' || (!isTimed && queue > position.queue)) return stream
  const { score, id } = position
  if (queue === position.queue) stream.from = { after: id, score }
  else stream.from = { score, past: queue < position.queue }
  return stream
}

function take(stream: Stream, { records, last, hasMore }: Looked): void {
  stream.found.push(...records)
  if (last) {
    stream.last = last
    stream.from = { after: last.id, score: last.score }
  }
  stream.isOver = !hasMore
}
