import { Digits } from '../exact-json.ts'
import { printable } from './text.tsx'

/** As many values of one tree are drawn; the rest is said by number, and is in the download. */
const MOST = 2_000
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

function Value({ value, depth, budget }: { value: unknown; depth: number; budget: Budget }): any {
  if (value === null) return <span class="lit">null</span>
  if (value === undefined) return <span class="lit">undefined</span>
  if (typeof value === 'boolean') return <span class="lit">{String(value)}</span>
  if (value instanceof Digits) return <span class="num">{value.text}</span>
  if (typeof value === 'number') return <span class="num">{String(value)}</span>
  if (typeof value === 'string') return <Text text={value} />
  if (typeof value !== 'object') return <span>{String(value)}</span>
  const entries = Array.isArray(value)
    ? value.map((each, i) => [String(i), each] as const)
    : Object.entries(value)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (entries.length === 0) return <span>{`${open}${close}`}</span>
  const shown: (readonly [string, unknown])[] = []
  for (const entry of entries) {
    if (budget.left-- <= 0) break
    shown.push(entry)
  }
  return (
    <details open={depth < OPEN_DEPTH}>
      <summary>
        <span class="k">{`${open} ${entries.length} ${close}`}</span>
      </summary>
      <ul>
        {shown.map(([key, each]) => (
          <li>
            <span class="k">
              <bdi>{printable(key)}</bdi>:{' '}
            </span>
            <Value value={each} depth={depth + 1} budget={budget} />
          </li>
        ))}
        {shown.length < entries.length && <li class="k">{`… ${entries.length - shown.length}`}</li>}
      </ul>
    </details>
  )
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
