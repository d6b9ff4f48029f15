import { hrefHere, type View } from '../view.ts'

/** A page of a list whose length is known, as the address has it. */
export interface PageOf<T> {
  readonly rows: readonly T[]
  /** How many are before it. */
  readonly first: number
  readonly size: number
  readonly total: number
}

/** Past the end, as when rows have gone since, it is the last page. */
export function pageOf<T>(v: View, all: readonly T[], size: number): PageOf<T> {
  const wanted = Math.min(Math.max(0, Number(v.query.get('from')) || 0), Math.max(0, all.length - 1))
  const first = Math.floor(wanted / size) * size
  return { rows: all.slice(first, first + size), first, size, total: all.length }
}

/** The pager of such a list. Its place is there before there is a second page, so that live news can bring it. */
export function ListPager({ v, page, live }: { v: View; page: PageOf<unknown>; live: string }) {
  const { first, size, total, rows } = page
  return (
    <div data-live={live}>
      {total > size && (
        <Pager
          v={v}
          by="from"
          isFirst={first <= size}
          previous={first === 0 ? null : first - size}
          next={first + size < total ? first + size : null}
          shown={v.t.common.range(first + 1, first + rows.length, total)}
        />
      )}
    </div>
  )
}

/**
 * Below a list that is shown by pages: how much of it this is, and the ways to other pages.
 * @param props.by the parameter of the address that says where a page begins
 * @param props.isFirst whether nothing leads to the first page
 * @param props.next its value for the next page; null on the last one
 */
export function Pager({
  v,
  by,
  isFirst,
  previous = null,
  next,
  nextLabel = v.t.common.next,
  shown,
  live,
  children,
}: {
  v: View
  by: 'from' | 'cursor'
  isFirst: boolean
  previous?: number | null
  next: string | number | null
  nextLabel?: string
  shown?: any
  live?: string
  children?: any
}) {
  return (
    <div class="pager" data-live={live}>
      <span>{shown}</span>
      <span class="actions">
        {children}
        {!isFirst && (
          <a class="button" href={hrefHere(v, { [by]: null })}>
            {v.t.common.first}
          </a>
        )}
        {previous !== null && (
          <a class="button" href={hrefHere(v, { [by]: previous || null })}>
            {v.t.common.previous}
          </a>
        )}
        {next !== null && (
          <a class="button" href={hrefHere(v, { [by]: next })}>
            {nextLabel}
          </a>
        )}
      </span>
    </div>
  )
}
