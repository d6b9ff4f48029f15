/** A function around another one: `next` runs the rest, once however often it is called. */
export type Middleware<J, R> = (job: J, next: () => Promise<R>) => unknown

/**
 * Runs `inner` inside of a list of middleware, the first of them outermost; answers what `inner` did, or undefined where one kept it from running.
 * @param skipped told of a middleware that did not call `next`
 */
export function nest<J, R>(
  list: readonly Middleware<J, R>[],
  job: J,
  inner: () => Promise<R>,
  skipped: (by: Middleware<J, R>) => void = () => {},
): Promise<R | undefined> {
  // One that is registered or removed meanwhile must not shift the others.
  const chain = [...list]
  let answer: R | undefined
  const enter = async (index: number): Promise<R | undefined> => {
    const middleware = chain[index]
    if (middleware === undefined) {
      answer = await inner()
      return answer
    }
    let rest: Promise<R> | undefined
    let isPending = false
    await middleware(job, () => {
      if (rest !== undefined) return rest
      isPending = true
      rest = enter(index + 1).finally(() => {
        isPending = false
      }) as Promise<R>
      return rest
    })
    if (rest === undefined) skipped(middleware)
    // It did not wait for what it began, which is not over before.
    else if (isPending) await rest
    return answer
  }
  return enter(0)
}
