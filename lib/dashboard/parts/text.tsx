import { printable } from '../printable.ts'
import { href, jobHref, queueHref, shortId, type View } from '../view.ts'

/** A time: how long ago, and exactly in its title and for machines. */
export function Time({ v, at }: { readonly v: View; readonly at: number | null }) {
  if (at === null || !Number.isFinite(at)) return <span class="muted">–</span>
  return (
    <time datetime={iso(at)} title={exact(v, at)}>
      {v.format.relative(at, v.now)}
    </time>
  )
}

/** The same with the exact time in front. */
export function FullTime({ v, at }: { readonly v: View; readonly at: number }) {
  return (
    <time datetime={iso(at)}>
      <span class="nowrap">{exact(v, at)}</span>{' '}
      <span class="muted nowrap">({v.format.relative(at, v.now)})</span>
    </time>
  )
}

export function exact(v: View, at: number): string {
  return `${v.format.time(at)}${v.zone === 'utc' ? ' UTC' : ''}`
}

function iso(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString().replace(/\.\d+Z$/, 'Z') : ''
}

export function Duration({ v, ms }: { readonly v: View; readonly ms: number | null }) {
  return ms === null ? <span class="muted">–</span> : v.format.duration(ms)
}

export function JobLink({
  v,
  job,
}: {
  readonly v: View
  readonly job: { readonly id: string; readonly queue: string }
}) {
  return (
    <a class="mono" href={jobHref(v, job)} title={job.id}>
      {shortId(job.id)}
    </a>
  )
}

export function QueueLink({ v, queue }: { readonly v: View; readonly queue: string }) {
  return (
    <a class="name" href={queueHref(v, queue)}>
      <Foreign text={queue} />
    </a>
  )
}

export function QueueLinks({ v, queues, most = 4 }: { v: View; queues: readonly string[]; most?: number }) {
  return (
    <>
      {queues.slice(0, most).map((queue, i) => (
        <>
          {i > 0 && ', '}
          <QueueLink v={v} queue={queue} />
        </>
      ))}
      {queues.length > most && (
        <>
          {' '}
          <span class="muted nowrap">{v.t.common.and(queues.length - most)}</span>
        </>
      )}
    </>
  )
}

/** Nothing is cut off a text as short as this. */
const SHORT = 24

/** Text of a stranger's: its direction stays its own. */
export function Foreign({ text, clip = false }: { readonly text: string; readonly clip?: boolean }) {
  const body = <bdi>{printable(text)}</bdi>
  return clip ? (
    <span class="clip" title={text.length > SHORT ? printable(text) : undefined}>
      {body}
    </span>
  ) : (
    body
  )
}

const MOST_TAGS = 4

export function TagLinks({ v, tags }: { readonly v: View; readonly tags: readonly string[] }) {
  return (
    <>
      {tags.slice(0, MOST_TAGS).map((tag) => (
        <a class="badge plain" href={href(v, 'jobs', { tag })}>
          <Foreign text={tag} />
        </a>
      ))}
      {tags.length > MOST_TAGS && v.t.common.and(tags.length - MOST_TAGS)}
    </>
  )
}

/** A number in a table's cell. Nought is quiet. */
export function Num({ v, n, class: more = '' }: { v: View; n: number | null; class?: string }) {
  return <td class={`n ${n ? '' : 'zero'} ${more}`}>{n === null ? '–' : v.format.number(n)}</td>
}

/** As much of a call as fits a heading. */
export function shortTitle(text: string): string {
  return text.length > 90 ? `${text.slice(0, 89)}…` : text
}
