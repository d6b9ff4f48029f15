import type { RemoteError } from '../../core/remote-error.ts'
import type { Redactor } from '../security/redact.ts'
import type { View } from '../view.ts'
import { Foreign } from './text.tsx'

/** An error with its stack, and what caused it. */
export function ErrorView({ v, error, hide }: { v: View; error: RemoteError; hide: Redactor }) {
  return (
    <div class="stack">
      <p>
        <strong class="bad">
          <Foreign text={error.name} />
        </strong>
        {error.code !== undefined && (
          <span class="muted">
            {' '}
            <code>
              <Foreign text={String(error.code)} />
            </code>
          </span>
        )}
      </p>
      <pre>
        <Foreign text={hide.text(error.message)} />
      </pre>
      {error.stack && (
        <details class="fold">
          <summary>{v.t.job.stack}</summary>
          <pre class="code" data-copy>
            <Foreign text={hide.text(error.stack)} />
          </pre>
        </details>
      )}
      {error.cause && (
        <div class="stack">
          <h3>{v.t.job.cause}</h3>
          <ErrorView v={v} error={error.cause} hide={hide} />
        </div>
      )}
      {error.errors?.map((each) => (
        <ErrorView v={v} error={each} hide={hide} />
      ))}
    </div>
  )
}
