import type { View } from '../view.ts'
import { Scroll } from './panel.tsx'

/** The heading of a column: its title, and what its cells are like: `n` for numbers, `middle` and `wide` where there is room. */
export type Column = string | readonly [title: string, kind: string]

/**
 * A table by name, which can be scrolled sideways; its rows are the children.
 * @param props.rows keys go from row to row: `hold` does not move them under the reader when there is news
 * @param props.live a name that tells the rows from other parts of the page, for news of them
 * @param props.pick the cell above those that select a row
 * @param props.actions whether the last cell of a row has what can be done
 */
export function Table({
  v,
  name,
  columns,
  rows,
  live,
  pick,
  actions = false,
  hideHead = false,
  children,
}: {
  v: View
  name: string
  columns: readonly Column[]
  rows?: 'walk' | 'hold'
  live?: string | undefined
  pick?: any
  actions?: boolean
  hideHead?: boolean
  children?: any
}) {
  return (
    <Scroll v={v} name={name}>
      <table data-rows={rows && true}>
        <caption class="sr">{name}</caption>
        <thead class={hideHead ? 'sr' : undefined}>
          <tr>
            {pick}
            {columns.map((column) => {
              const [title, kind] = typeof column === 'string' ? [column] : column
              return (
                <th scope="col" class={kind}>
                  {title}
                </th>
              )
            })}
            {actions && (
              <th scope="col">
                <span class="sr">{v.t.common.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody data-live={live} data-merge={rows === 'hold' ? 'hold' : undefined}>
          {children}
        </tbody>
      </table>
    </Scroll>
  )
}
