/** A line of a graph without circles. */
interface Edge {
  readonly from: string
  readonly to: string
}

/** The nodes so that each comes after those that lead to it. Whoever can write to Redis can draw a circle: its nodes come last. */
function inOrder(nodes: readonly string[], edges: readonly Edge[]): string[] {
  const open = new Map(nodes.map((node) => [node, 0]))
  for (const { to } of edges) open.set(to, (open.get(to) ?? 0) + 1)
  const ready = nodes.filter((node) => open.get(node) === 0)
  for (let i = 0; i < ready.length; i++) {
    for (const { from, to } of edges) {
      if (from !== ready[i]) continue
      open.set(to, open.get(to)! - 1)
      if (open.get(to) === 0) ready.push(to)
    }
  }
  const placed = new Set(ready)
  return [...ready, ...nodes.filter((node) => !placed.has(node))]
}

/** How many steps each node is from one that nothing leads to. */
export function findDepths(nodes: readonly string[], edges: readonly Edge[]): Map<string, number> {
  const depths = new Map<string, number>()
  for (const node of inOrder(nodes, edges)) {
    const before = edges.filter(({ to }) => to === node).map(({ from }) => (depths.get(from) ?? -1) + 1)
    depths.set(node, Math.max(0, ...before))
  }
  return depths
}

/** The chain that takes the longest, by what each node takes. */
export function findCritical(
  nodes: readonly string[],
  edges: readonly Edge[],
  ms: ReadonlyMap<string, number>,
): { path: Set<string>; ms: number } {
  const longest = new Map<string, { ms: number; before: string | undefined }>()
  for (const node of inOrder(nodes, edges)) {
    let best: { ms: number; before: string | undefined } = { ms: 0, before: undefined }
    for (const { from, to } of edges) {
      const known = to === node ? longest.get(from) : undefined
      if (known && (best.before === undefined || known.ms > best.ms)) best = { ms: known.ms, before: from }
    }
    longest.set(node, { ms: best.ms + (ms.get(node) ?? 0), before: best.before })
  }
  let last: string | undefined
  for (const [node, { ms: takes }] of longest)
    if (takes > 0 && takes > (last ? longest.get(last)!.ms : 0)) last = node
  const path = new Set<string>()
  for (let node = last; node !== undefined && !path.has(node); node = longest.get(node)!.before)
    path.add(node)
  return { path, ms: last ? longest.get(last)!.ms : 0 }
}
