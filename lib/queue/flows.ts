import type { Call, JobsOf } from './call.ts'
import type { Job } from './job.ts'
import type { Queue } from './queue.ts'

/** A step of a chain: a call, or a function that makes one of the job before it, whose result it then gets. */
type Step<P, R> = Call<R> | ((previous: Job<P>) => Call<R>)

/**
 * Enqueues calls that run one after the other, each when the one before it has finished: answers their jobs. Up to eight are checked each
 * against the one before it, and a list of any length is taken as it is: `chain(q, first, ...calls)`.
 */
export function chain<A>(q: Queue, a: Call<A>): Promise<[Job<A>]>
export function chain<A, B>(q: Queue, a: Call<A>, b: Step<A, B>): Promise<[Job<A>, Job<B>]>
export function chain<A, B, C>(
  q: Queue,
  a: Call<A>,
  b: Step<A, B>,
  c: Step<B, C>,
): Promise<[Job<A>, Job<B>, Job<C>]>
export function chain<A, B, C, D>(
  q: Queue,
  a: Call<A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
): Promise<[Job<A>, Job<B>, Job<C>, Job<D>]>
export function chain<A, B, C, D, E>(
  q: Queue,
  a: Call<A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
): Promise<[Job<A>, Job<B>, Job<C>, Job<D>, Job<E>]>
export function chain<A, B, C, D, E, F>(
  q: Queue,
  a: Call<A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
  f: Step<E, F>,
): Promise<[Job<A>, Job<B>, Job<C>, Job<D>, Job<E>, Job<F>]>
export function chain<A, B, C, D, E, F, G>(
  q: Queue,
  a: Call<A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
  f: Step<E, F>,
  g: Step<F, G>,
): Promise<[Job<A>, Job<B>, Job<C>, Job<D>, Job<E>, Job<F>, Job<G>]>
export function chain<A, B, C, D, E, F, G, H>(
  q: Queue,
  a: Call<A>,
  b: Step<A, B>,
  c: Step<B, C>,
  d: Step<C, D>,
  e: Step<D, E>,
  f: Step<E, F>,
  g: Step<F, G>,
  h: Step<G, H>,
): Promise<[Job<A>, Job<B>, Job<C>, Job<D>, Job<E>, Job<F>, Job<G>, Job<H>]>
/** Only a list has no length that the compiler knows: steps that are written out, and do not fit, are not to find a way here. */
export function chain<S extends readonly Step<any, unknown>[]>(
  q: Queue,
  first: Call,
  ...steps: number extends S['length'] ? S : never
): Promise<Job[]>
export async function chain(q: Queue, first: Call, ...steps: Step<any, unknown>[]): Promise<Job[]> {
  const jobs: Job[] = await q.enqueueMany([first])
  for (const step of steps) {
    const previous = jobs.at(-1)!
    const call = typeof step === 'function' ? step(previous) : step
    jobs.push(...(await q.enqueueMany([after(call, [previous])])))
  }
  return jobs
}

/**
 * Enqueues calls that run side by side, and one that runs when all have finished and may take their results:
 * `chord(q, urls.map((url) => call(count, url)), (jobs) => call(sum, ...jobs))`. Answers the last one's job.
 */
export async function chord<const C extends readonly Call[], R>(
  q: Queue,
  calls: C,
  join: (jobs: JobsOf<C>) => Call<R>,
): Promise<Job<R>> {
  const jobs = await q.enqueueMany(calls)
  const [last] = await q.enqueueMany([after(join(jobs), jobs)])
  return last as Job<R>
}

function after<R>(call: Call<R>, parents: readonly Job[]): Call<R> {
  const { dependsOn = [] } = call.options
  return { ...call, options: { ...call.options, dependsOn: [...[dependsOn].flat(), ...parents] as Job[] } }
}
