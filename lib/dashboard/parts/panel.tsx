import type { View } from '../view.ts'

export function Panel({
  title,
  id,
  more,
  flush = false,
  live,
  children,
}: {
  title?: string
  id?: string
  more?: any
  /** Its content reaches to its edges, as a table does. */
  flush?: boolean
  /** A name that tells this part of the page from others, for news of it. */
  live?: string
  children?: any
}) {
  return (
    <section class="panel" id={id} aria-label={title} data-live={live}>
      {title && (
        <div class="title">
          <h2>{title}</h2>
          {more && <div class="more">{more}</div>}
        </div>
      )}
      {flush ? children : <div class="body">{children}</div>}
    </section>
  )
}

/** A table that can be scrolled sideways by keyboard too. */
export function Scroll({ v, name, children }: { v: View; name: string; children?: any }) {
  return (
    <section class="scroll" aria-label={v.t.common.scrollTable(name)} tabindex={0}>
      {children}
    </section>
  )
}

export function Empty({ title, children }: { title: string; children?: any }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children}
    </div>
  )
}

export function Notice({ kind, children }: { kind: 'good' | 'bad' | 'warn'; children?: any }) {
  return (
    <div class={`notice ${kind}`} role={kind === 'good' ? 'status' : 'alert'}>
      {children}
    </div>
  )
}

export function Head({
  title,
  crumbs,
  actions,
  children,
}: {
  title: any
  crumbs?: any
  actions?: any
  children?: any
}) {
  return (
    <div class="head">
      {crumbs && <div class="crumbs">{crumbs}</div>}
      <h1>{title}</h1>
      {children}
      {actions && <div class="actions">{actions}</div>}
    </div>
  )
}
