import type { Context, Drawn } from '../context.ts'
import { Badge } from '../parts/badge.tsx'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Table } from '../parts/table.tsx'
import { Foreign, Num, QueueLink, Time } from '../parts/text.tsx'
import { visibleSystem } from '../reads.ts'

const LEVEL = {
  ok: ['s-finished', 'finished'],
  warning: ['s-paused', 'warn'],
  problem: ['s-failed', 'bad'],
} as const

/** As many make a list that can be read; the worst come first. */
const MOST_FINDINGS = 50

export async function systemPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t, format } = v
  await c.access.need('system:view')
  const report = await visibleSystem(c)
  const { findings, queues } = report
  const body = (
    <>
      <Head title={t.system.title} />
      <Panel title={t.system.checks} live="checks">
        <ul class="stack">
          {findings.slice(0, MOST_FINDINGS).map(({ check, level, message, hint }) => {
            const [kind, icon] = LEVEL[level]
            return (
              <li>
                <Badge kind={kind} icon={icon}>
                  {t.system.levels[level]}
                </Badge>{' '}
                <code>{check}</code> <Foreign text={message} /> {hint && <span class="muted">{hint}</span>}
              </li>
            )
          })}
          {findings.length > MOST_FINDINGS && (
            <li class="muted">{t.common.and(findings.length - MOST_FINDINGS)}</li>
          )}
        </ul>
      </Panel>
      <Panel title={t.system.keys} live="keys">
        <dl class="facts">
          {(
            [
              [t.system.server, c.store.connection.label],
              [t.system.prefix, c.store.prefix],
              [t.system.keysAll, format.number(report.keys.database)],
              [t.nav.jobs, format.number(report.keys.ours)],
              [t.overview.memory, format.bytes(report.redis.usedBytes)],
            ] as const
          ).map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>
                <Foreign text={value} />
              </dd>
            </div>
          ))}
        </dl>
      </Panel>
      <div class="cols">
        <Panel title={t.system.byQueue} flush>
          <Table
            v={v}
            name={t.system.byQueue}
            columns={[t.common.queue, [t.nav.jobs, 'n'], [t.system.bytes, 'n']]}
            live="space"
          >
            {queues.slice(0, 100).map((queue) => (
              <tr data-key={queue.name}>
                <td>
                  <QueueLink v={v} queue={queue.name} />
                </td>
                <Num v={v} n={queue.jobs} />
                <td class="n">{format.bytes(queue.bytes)}</td>
              </tr>
            ))}
          </Table>
          {queues.length > 100 && <div class="pager">{t.common.and(queues.length - 100)}</div>}
        </Panel>
        {c.visibility.isAll && (
          <Panel title={t.system.slow} flush>
            {report.slow.length === 0 ? (
              <Empty title={t.system.slowNone} />
            ) : (
              <Table
                v={v}
                name={t.system.slow}
                columns={[t.system.command, [t.system.took, 'n'], [t.common.when, 'n']]}
              >
                {report.slow.slice(0, 20).map(({ at, micros, command }) => (
                  <tr>
                    <td>
                      <code class="clip">
                        <Foreign text={c.hide.text(command)} />
                      </code>
                    </td>
                    <td class="n">{format.duration(micros / 1000)}</td>
                    <td class="n">
                      <Time v={v} at={at} />
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </Panel>
        )}
      </div>
      <Panel title={t.system.info}>
        <div class="stack">
          {Object.entries(report.info).map(([section, values]) => (
            <details class="fold">
              <summary>{section}</summary>
              <dl class="lines">
                {Object.entries(values).map(([name, value]) => (
                  <>
                    <dt>
                      <code>{name}</code>
                    </dt>
                    <dd>
                      <Foreign text={value} />
                    </dd>
                  </>
                ))}
              </dl>
            </details>
          ))}
        </div>
      </Panel>
    </>
  )
  return { title: t.system.title, section: 'system', body }
}
