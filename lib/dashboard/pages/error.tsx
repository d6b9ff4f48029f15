import type { Drawn } from '../context.ts'
import type { Explanation } from '../explain.ts'
import { Head, Panel } from '../parts/panel.tsx'
import { Foreign } from '../parts/text.tsx'
import { href, type View } from '../view.ts'

/**
 * In the place of the page that was asked for. What passes is tried again by itself, but for a change: whether that was done is for its
 * user to see.
 * @param back the page that a change was asked for on; null where it was none
 */
export function errorPage(
  v: View,
  { title, said, cause, status, isPassing }: Explanation,
  server: string,
  back: string | null,
): Drawn {
  const { t } = v
  const isRetried = isPassing && back === null
  const body = (
    <>
      <Head title={title} />
      <Panel>
        <div class="stack">
          {cause === undefined ? (
            <p>
              <Foreign text={said} />
            </p>
          ) : (
            <dl class="lines">
              <dt>{t.errors.server}</dt>
              <dd>
                <Foreign text={server} />
              </dd>
              <dt>{t.errors.said}</dt>
              <dd>
                <Foreign text={said} />
              </dd>
              <dt>{t.errors.cause}</dt>
              <dd>{cause}</dd>
            </dl>
          )}
          {isPassing && <p class="muted">{isRetried ? t.errors.redisDownDetail : t.errors.tryAgain}</p>}
          <p>
            {back === null ? <a href={href(v, './')}>{t.errors.home}</a> : <a href={back}>{t.common.back}</a>}
          </p>
        </div>
      </Panel>
    </>
  )
  return { title, body, status, ...(isRetried && { refresh: 5 }) }
}

/** In the place of everything, where nobody can be told from anybody. */
export function closedPage(v: View): Drawn {
  const { t } = v
  const examples: readonly (readonly [string, string])[] = [
    [t.errors.closedBasic, "dashboard({ auth: { user: 'ops', password: process.env.DASHBOARD_PASSWORD } })"],
    [t.errors.closedCallback, 'dashboard({ auth: (request) => yourUserOf(request) })'],
    [t.errors.closedOpen, 'dashboard({ insecureNoAuth: true })'],
  ]
  const body = (
    <>
      <Head title={t.errors.closed} />
      <Panel>
        <div class="stack">
          <p>{t.errors.closedDetail}</p>
          {examples.map(([what, code]) => (
            <>
              <p>{what}</p>
              <pre class="code">{code}</pre>
            </>
          ))}
        </div>
      </Panel>
    </>
  )
  return { title: t.errors.closed, body, status: 403 }
}
