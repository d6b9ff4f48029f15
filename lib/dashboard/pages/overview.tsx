import { STATES } from '../../core/states.ts'
import type { Context, Drawn } from '../context.ts'
import type { Overview, Problem } from '../data/index.ts'
import { Icon } from '../parts/icons.tsx'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Strip } from '../parts/strip.tsx'
import { Table } from '../parts/table.tsx'
import { Duration, Foreign, Num, QueueLink, Time } from '../parts/text.tsx'
import { visibleErrors, visibleOverview } from '../reads.ts'
import { href, SECTION_PATHS, type Section, segment, type View } from '../view.ts'

/** Hundreds of workers may fall silent at once. */
const MOST_PROBLEMS = 20

/** What is wrong first, then how things stand. */
export async function overviewPage(c: Context): Promise<Drawn> {
  const overview = await visibleOverview(c)
  const errors = await visibleErrors(c, overview.errors, 5, true)
  const { v } = c
  const { t } = v
  const body = (
    <>
      <Head title={t.overview.title} />
      <div data-live="verdict">
        <Verdict v={v} problems={overview.problems} isNew={overview.queues.length === 0} />
      </div>
      <Figures v={v} overview={overview} />
      {overview.lastHour.length > 0 && (
        <Panel
          title={t.overview.lastHour}
          live="hour"
          more={<span class="muted">{hourSum(v, overview)}</span>}
        >
          <Strip v={v} points={overview.lastHour} />
        </Panel>
      )}
      <div class="cols">
        <Waits v={v} overview={overview} />
        <Extract
          v={v}
          title={t.overview.errors}
          live="errors"
          of="failures"
          none={errors.length === 0 && t.overview.errorsNone}
        >
          <Table
            v={v}
            name={t.overview.errors}
            columns={[t.common.error, t.common.count, t.failures.last]}
            hideHead
          >
            {errors.map((group) => (
              <tr data-key={group.fingerprint}>
                <td class="grow">
                  <a href={href(v, `failures/${segment(group.fingerprint)}`)}>
                    <span class="clip">
                      <Foreign text={c.hide.text(`${group.name}: ${group.message}`)} />
                    </span>
                  </a>
                </td>
                <Num v={v} n={group.jobs} />
                <td class="n middle">
                  <Time v={v} at={group.lastAt} />
                </td>
              </tr>
            ))}
          </Table>
        </Extract>
        <Extract
          v={v}
          title={t.overview.cron}
          live="cron"
          of="schedule"
          none={overview.cron.length === 0 && t.overview.cronNone}
        >
          <Table
            v={v}
            name={t.overview.cron}
            columns={[t.common.name, t.common.queue, [t.common.when, 'n']]}
            hideHead
          >
            {overview.cron.map(({ name, nextAt, queue }) => (
              <tr data-key={name}>
                <th scope="row">
                  <span class="name">
                    <Foreign text={name} />
                  </span>
                </th>
                <td>
                  <QueueLink v={v} queue={queue} />
                </td>
                <td class="n">
                  <Time v={v} at={nextAt} />
                </td>
              </tr>
            ))}
          </Table>
        </Extract>
        <RedisPanel v={v} overview={overview} />
      </div>
    </>
  )
  return { title: t.overview.title, section: 'overview', body }
}

/** The most telling rows of another page, which the heading leads to. */
function Extract({
  v,
  title,
  live,
  of,
  none,
  children,
}: {
  v: View
  title: string
  live: string
  of: Section
  none: string | false
  children?: any
}) {
  const more = <a href={href(v, SECTION_PATHS[of])}>{v.t.common.more}</a>
  return (
    <Panel title={title} flush live={live} more={more}>
      {none ? <Empty title={none} /> : children}
    </Panel>
  )
}

function Verdict({ v, problems, isNew }: { v: View; problems: readonly Problem[]; isNew: boolean }) {
  const { t } = v
  if (isNew && problems.length === 0) {
    return (
      <div class="panel">
        <Empty title={t.overview.firstTitle}>
          <p>{t.overview.firstDetail}</p>
          <pre>npx rq worker default</pre>
        </Empty>
      </div>
    )
  }
  const bad = problems.filter(({ level }) => level === 'problem').length
  const kind = bad > 0 ? 'bad' : problems.length > 0 ? 'warn' : 'good'
  const title = [
    bad > 0 && t.overview.problems(bad),
    problems.length > bad && t.overview.warnings(problems.length - bad),
  ].filter((part): part is string => part !== false)
  return (
    <div class={`verdict ${kind}`}>
      <Icon name={kind} size={20} />
      <div class="stack">
        <h2>{problems.length === 0 ? t.overview.good : v.format.list(title)}</h2>
        {problems.length === 0 ? (
          <p class="muted">{t.overview.goodDetail}</p>
        ) : (
          <ul>
            {problems.slice(0, MOST_PROBLEMS).map((problem) => (
              <li>
                <ProblemLink v={v} problem={problem} />
                {problem.hint && (
                  <span class="muted">
                    {' '}
                    <Foreign text={problem.hint} />
                  </span>
                )}
              </li>
            ))}
            {problems.length > MOST_PROBLEMS && (
              <li class="muted">{t.common.and(problems.length - MOST_PROBLEMS)}</li>
            )}
          </ul>
        )}
      </div>
    </div>
  )
}

/** To the page where it can be seen. */
function ProblemLink({ v, problem: { code, subject, message } }: { v: View; problem: Problem }) {
  const text = <Foreign text={message} />
  if (code === 'failures') return <a href={href(v, 'failures')}>{text}</a>
  if (code === 'silent-worker') return <a href={href(v, 'workers')}>{text}</a>
  if (code === 'cron-late') return <a href={href(v, 'schedule')}>{text}</a>
  if (code === 'eviction' || code === 'memory' || code === 'persistence' || code === 'replica') {
    return <a href={href(v, 'system')}>{text}</a>
  }
  return subject === null ? text : <a href={href(v, `queues/${segment(subject)}`)}>{text}</a>
}

function Figures({ v, overview }: { v: View; overview: Overview }) {
  return (
    <nav class="figures" aria-label={v.t.overview.totals} data-live="figures">
      {STATES.map((state) => {
        const n = overview.totals[state]
        return (
          <a href={href(v, 'jobs', { state })}>
            <span class={`value ${n === 0 ? 'zero' : state === 'failed' ? 'bad' : ''}`}>
              {v.format.compact(n)}
            </span>
            <span class="label">
              <span class={`s-${state}`}>
                <Icon name={state} />
              </span>
              {v.t.states[state]}
            </span>
          </a>
        )
      })}
      <a href={href(v, 'workers')}>
        <span class={`value ${overview.workers.total === 0 ? 'zero' : ''}`}>
          {v.format.compact(overview.workers.total)}
        </span>
        <span class="label">
          {v.t.nav.workers}
          {overview.workers.busy > 0 && ` · ${v.t.overview.busy(overview.workers.busy)}`}
        </span>
      </a>
    </nav>
  )
}

function hourSum(v: View, { lastHour }: Overview): string {
  const sum = (of: 'finished' | 'failed') =>
    v.format.number(lastHour.reduce((all, each) => all + each[of], 0))
  return v.t.overview.lastHourSum(sum('finished'), sum('failed'))
}

function Waits({ v, overview }: { v: View; overview: Overview }) {
  const { t } = v
  const waits = overview.queues
    .filter(({ oldestMs }) => oldestMs !== null)
    .sort((a, b) => b.oldestMs! - a.oldestMs!)
    .slice(0, 8)
  return (
    <Extract
      v={v}
      title={t.overview.oldest}
      live="waits"
      of="queues"
      none={waits.length === 0 && t.overview.oldestNone}
    >
      <Table
        v={v}
        name={t.overview.oldest}
        columns={[t.common.queue, [t.states.queued, 'n'], [t.queues.workers, 'n'], [t.queues.oldest, 'n']]}
      >
        {waits.map((queue) => (
          <tr data-key={queue.name}>
            <td>
              <QueueLink v={v} queue={queue.name} />
            </td>
            <Num v={v} n={queue.counts.queued} />
            <Num v={v} n={queue.workers} class={queue.workers === 0 ? 'bad' : ''} />
            <td class="n">
              <Duration v={v} ms={queue.oldestMs} />
            </td>
          </tr>
        ))}
      </Table>
    </Extract>
  )
}

function RedisPanel({ v, overview: { redis } }: { v: View; overview: Overview }) {
  const { t, format } = v
  const memory = format.bytes(redis.usedBytes)
  const facts: readonly (readonly [string, string])[] = [
    [t.overview.version, redis.version],
    [t.overview.memory, redis.maxBytes ? t.overview.memoryOf(memory, format.bytes(redis.maxBytes)) : memory],
    [t.overview.policy, redis.policy ?? '–'],
    [t.overview.aof, redis.isAofOn ? t.overview.on : t.overview.off],
    [t.overview.clients, format.number(redis.connectedClients)],
    [t.overview.ops, format.number(redis.opsPerSecond)],
    [t.overview.uptime, format.duration(redis.uptimeSeconds * 1000)],
  ]
  return (
    <Panel title={t.overview.redis} live="redis">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
