export interface Placed<T> {
  readonly node: T
  readonly x: number
  readonly y: number
}

export interface Layout<T> {
  readonly placed: readonly Placed<T>[]
  readonly width: number
  readonly height: number
}

export const NODE_WIDTH = 184
export const NODE_HEIGHT = 44
const GAP_X = 56
const GAP_Y = 16
/** Passes in which each column is sorted by where its neighbours stand: few crossings are left after two. */
const PASSES = 4

/** Places a graph in columns by depth, each node near those that it is linked with. */
export function layOut<T extends { readonly ref: string; readonly depth: number }>(
  nodes: readonly T[],
  edges: readonly { readonly from: string; readonly to: string }[],
): Layout<T> {
  const columns: T[][] = []
  for (const node of nodes) {
    columns[node.depth] ??= []
    columns[node.depth]!.push(node)
  }
  const used = columns.filter((column) => column !== undefined)
  const neighbours = new Map<string, string[]>()
  const link = (a: string, b: string) => neighbours.set(a, [...(neighbours.get(a) ?? []), b])
  for (const { from, to } of edges) {
    link(from, to)
    link(to, from)
  }
  const rank = new Map<string, number>()
  const note = (column: readonly T[]) => {
    for (const [i, { ref }] of column.entries()) rank.set(ref, i - column.length / 2)
  }
  for (const column of used) note(column)
  for (let pass = 0; pass < PASSES; pass++) {
    for (const column of pass % 2 === 0 ? used : [...used].reverse()) {
      const centre = (ref: string) => {
        const near = neighbours.get(ref) ?? []
        return near.length === 0
          ? rank.get(ref)!
          : near.reduce((sum, each) => sum + (rank.get(each) ?? 0), 0) / near.length
      }
      const centres = new Map(column.map(({ ref }) => [ref, centre(ref)]))
      column.sort((a, b) => centres.get(a.ref)! - centres.get(b.ref)!)
      note(column)
    }
  }
  const tallest = Math.max(1, ...used.map((column) => column.length))
  const height = tallest * (NODE_HEIGHT + GAP_Y) + GAP_Y
  const placed = used.flatMap((column, i) => {
    const top = (height - column.length * (NODE_HEIGHT + GAP_Y) + GAP_Y) / 2
    return column.map((node, j) => ({
      node,
      x: GAP_Y + i * (NODE_WIDTH + GAP_X),
      y: top + j * (NODE_HEIGHT + GAP_Y),
    }))
  })
  return { placed, width: used.length * (NODE_WIDTH + GAP_X) - GAP_X + 2 * GAP_Y, height }
}
