import { createHash } from 'node:crypto'
import type { Context } from '../context.ts'
import { type LiveSample, LiveSampler } from '../data/index.ts'
import { explain } from '../explain.ts'

const HEARTBEAT_MS = 15_000
/** Then a connection ends, and the browser makes another: so a deploy is not held up for ever. */
const LONGEST_MS = 10 * 60_000
/** Of this process; more are told to poll. */
const MOST_LISTENERS = 1_000

/** News for open pages: one sampler, which looks while somebody listens, whatever their number. */
export class LiveSource {
  readonly #enders = new Set<() => void>()
  #sampler: LiveSampler | undefined

  /** Ends all that is open. */
  close(): void {
    for (const end of [...this.#enders]) end()
    this.#sampler?.stop()
  }

  /** For those that ask every now and then. */
  async json(c: Context): Promise<Response> {
    const body = JSON.stringify(visible(c, await c.data.sampleLive(c.store)))
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`
    const headers = { etag: tag, 'cache-control': 'private, no-cache' }
    if (c.request.headers.get('if-none-match') === tag) return new Response(null, { status: 304, headers })
    return new Response(body, { headers: { ...headers, 'content-type': 'application/json' } })
  }

  /** Server-sent events: what changed, and a comment now and then so that nothing in between thinks it dead. */
  stream(c: Context): Response {
    if (c.options.live === 'poll' || c.options.live === 'off' || this.#enders.size >= MOST_LISTENERS) {
      // 204 tells an EventSource not to come back.
      return new Response(null, { status: 204 })
    }
    const encoder = new TextEncoder()
    let end = () => {}
    let unlisten = () => {}
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        let last = ''
        const send = (text: string) => {
          // A reader that does not read is not waited for.
          if ((controller.desiredSize ?? 0) < -100) end()
          else controller.enqueue(encoder.encode(text))
        }
        const listener = (sample: LiveSample | Error) => {
          if (sample instanceof Error) {
            const { title, cause } = explain(c.v, sample)
            const error = { title, ...(cause !== undefined && { cause }) }
            return send(`event: trouble\ndata: ${JSON.stringify({ error })}\n\n`)
          }
          const text = JSON.stringify(visible(c, sample))
          if (text === last) return
          last = text
          send(`data: ${text}\n\n`)
        }
        const heartbeat = setInterval(() => send(': still here\n\n'), HEARTBEAT_MS)
        const limit = setTimeout(() => end(), LONGEST_MS)
        end = () => {
          clearInterval(heartbeat)
          clearTimeout(limit)
          unlisten()
          this.#enders.delete(end)
          c.request.signal.removeEventListener('abort', end)
          try {
            controller.close()
          } catch {
            // The other side has closed it.
          }
        }
        this.#enders.add(end)
        c.request.signal.addEventListener('abort', end)
        send('retry: 3000\n\n')
        this.#sampler ??= new LiveSampler(c.store)
        unlisten = this.#sampler.listen(listener)
      },
      cancel: () => end(),
    })
    return new Response(body, {
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      },
    })
  }
}

/** Without the queues that this user may not see. Counts alone: nothing to leak, nothing to escape. */
function visible({ visibility }: Context, sample: LiveSample): Omit<LiveSample, 'now'> {
  const { now: _, ...rest } = sample
  if (visibility.isAll) return rest
  const queues = Object.fromEntries(Object.entries(sample.queues).filter(([name]) => visibility.sees(name)))
  const v = createHash('sha256').update(JSON.stringify(queues)).digest('base64url').slice(0, 12)
  const [queued, started, failed] = [0, 1, 2].map((i) =>
    Object.values(queues).reduce((sum, counts) => sum + counts[i]!, 0),
  )
  // Of the other states only sums over all queues are known, which would tell of the hidden ones.
  const none = Object.fromEntries(
    Object.keys(sample.counts).map((state) => [state, 0]),
  ) as LiveSample['counts']
  return { ...rest, v, queues, counts: { ...none, queued: queued!, started: started!, failed: failed! } }
}
