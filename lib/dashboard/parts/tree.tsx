import { Digits } from '../../core/exact-json.ts'
import { printable } from '../printable.ts'

/** As many values of one tree are drawn; the rest is said by number, and is in the download. */
const MOST = 200
const LONGEST = 10_000
const OPEN_DEPTH = 3

interface Budget {
  left: number
}

/** JSON as a tree that can be folded. Numbers stand as they were written, so that none of their digits is lost. */
export function Tree({ value }: { value: unknown }) {
  return (
    <div class="tree">
      <Value value={value} depth={0} budget={{ left: MOST }} />
    </div>
  )
}

function Value({
  label,
  value,
  depth,
  budget,
}: {
  /** The key that it stands under. */
  label?: string
  value: unknown
  depth: number
  budget: Budget
}): any {
  const key = label !== undefined && (
    <span class="k">
      <bdi>{printable(label)}</bdi>:{' '}
    </span>
  )
  if (typeof value !== 'object' || value === null || value instanceof Digits) {
    return (
      <>
        {key}
        <Leaf value={value} />
      </>
    )
  }
  const entries = Array.isArray(value)
    ? value.map((each, i) => [String(i), each] as const)
    : Object.entries(value)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) {
    return (
      <>
        {key}
        {`${open}${close}`}
      </>
    )
  }
  const shown: (readonly [string, unknown])[] = []
  for (const entry of entries) {
    if (budget.left-- <= 0) break
    shown.push(entry)
  }
  return (
    <details open={depth < OPEN_DEPTH}>
      <summary>
        {key}
        <span class="k">{`${open}${entries.length}${close}`}</span>
      </summary>
      <ul>
        {shown.map(([name, each]) => (
          <li>
            <Value label={name} value={each} depth={depth + 1} budget={budget} />
          </li>
        ))}
        {shown.length < entries.length && <li class="k">{`… ${entries.length - shown.length}`}</li>}
      </ul>
    </details>
  )
}

function Leaf({ value }: { value: unknown }) {
  if (value === null || value === undefined || typeof value === 'boolean') {
    return <span class="lit">{String(value)}</span>
  }
  if (value instanceof Digits) return <span class="num">{value.text}</span>
  return typeof value === 'string' ? <Text text={value} /> : <span class="num">{String(value)}</span>
}

function Text({ text }: { text: string }) {
  const cut = text.length > LONGEST
  return (
    <span class="str">
      "<bdi>{printable(cut ? text.slice(0, LONGEST) : text)}</bdi>"
      {cut && <span class="k">{` … ${text.length}`}</span>}
    </span>
  )
}
