import type { JobStatus } from '../../core/states.ts'
import type { View } from '../view.ts'
import { Icon } from './icons.tsx'

interface Run {
  readonly at: number
  readonly state: JobStatus | 'gone'
}

/** What became of the last runs of something, a mark each, the latest at the right, and in words for who cannot see them. */
export function Outcomes({ v, runs }: { v: View; runs: readonly Run[] }) {
  if (runs.length === 0) return <span class="muted">–</span>
  const word = (state: Run['state']) => (state === 'gone' ? v.t.schedule.noRecord : v.t.states[state])
  const counts = new Map<string, number>()
  for (const { state } of runs) counts.set(word(state), (counts.get(word(state)) ?? 0) + 1)
  const parts = [...counts].map(([state, n]) => v.t.schedule.outcome(n, state))
  return (
    <span class="outcomes" role="img" aria-label={v.t.schedule.lastRuns(runs.length, v.format.list(parts))}>
      {runs.map(({ at, state }) => (
        <span class={`s-${state}`} title={`${v.format.time(at)}: ${word(state)}`}>
          <Icon name={state} />
        </span>
      ))}
    </span>
  )
}
