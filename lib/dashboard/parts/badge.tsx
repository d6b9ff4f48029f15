import type { JobStatus } from '../../core/states.ts'
import type { View } from '../view.ts'
import { Icon } from './icons.tsx'

/** A job's state: its icon, its word and its colour say the same. */
export function StateBadge({ v, state }: { readonly v: View; readonly state: JobStatus | 'gone' }) {
  return (
    <span class={`badge s-${state}`}>
      <Icon name={state} />
      {state === 'gone' ? v.t.gone : v.t.states[state]}
    </span>
  )
}

export function Badge({ kind = '', icon, children }: { kind?: string; icon?: string; children?: any }) {
  return (
    <span class={`badge ${icon ? '' : 'plain'} ${kind}`}>
      {icon && <Icon name={icon} />}
      {children}
    </span>
  )
}
