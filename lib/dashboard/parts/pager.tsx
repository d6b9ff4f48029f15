import { hrefHere, type View } from '../view.ts'

/**
 * Below a list that is shown by pages: how much of it this is, and the ways to the first and to the next page.
 * @param props.by the parameter of the address that says where a page begins
 * @param props.next its value for the next page; null on the last one
 */
export function Pager({
  v,
  by,
  isFirst,
  next,
  nextLabel = v.t.common.next,
  shown,
  live,
  children,
}: {
  v: View
  by: 'from' | 'cursor'
  isFirst: boolean
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
        {next !== null && (
          <a class="button" href={hrefHere(v, { [by]: next })}>
            {nextLabel}
          </a>
        )}
      </span>
    </div>
  )
}
