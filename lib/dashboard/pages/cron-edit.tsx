import type { CronSchedule } from '../../core/cron-schedule.ts'
import type { Context, Drawn } from '../context.ts'
import type { CronRow } from '../data/index.ts'
import { cronWords } from '../parts/cron-words.ts'
import { Field } from '../parts/form.tsx'
import { Head, Notice, Panel } from '../parts/panel.tsx'
import { exact, Foreign } from '../parts/text.tsx'
import { printable } from '../printable.ts'
import { visibleCron } from '../reads.ts'
import { NotFound } from '../refusals.ts'
import { typedTime } from '../time-of.ts'
import { href, segment } from '../view.ts'
import { confirmPage } from './confirm.tsx'

/** The entry that the address names, where this user may see its queue. @throws NotFound */
async function visibleEntry(c: Context): Promise<CronRow> {
  const { name = '' } = c.params
  const row = (await visibleCron(c, [name])).find((each) => each.name.toWellFormed() === name)
  if (row === undefined) throw new NotFound(`no cron entry ${name}`)
  return row
}

/** Gives an entry another schedule. What its jobs are is for the code that registers it. */
export async function cronEditPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const row = await visibleEntry(c)
  await c.access.need('cron:edit', { queue: row.queue, cron: row.name })
  const typed = typedOf(row.schedule, v.timeZone)
  const body = (
    <>
      <Head
        title={
          <>
            {t.schedule.editTitle}{' '}
            <code>
              <Foreign text={row.name} />
            </code>
          </>
        }
        crumbs={<a href={href(v, 'schedule')}>{t.schedule.title}</a>}
      />
      <Notice kind="warn">{t.schedule.editDetail}</Notice>
      <Panel title={t.schedule.pattern}>
        <form method="post" action={href(v, `schedule/${segment(row.name)}/edit`)} class="stack">
          <p>
            <code>
              <Foreign text={c.hide.text(row.preview || row.func)} />
            </code>{' '}
            <span class="muted">{cronWords(v, row.schedule)}</span>
          </p>
          <div class="filters">
            <Field label={t.schedule.cronField} name="cron" value={typed.cron} hint={t.schedule.cronHint} />
            <Field
              label={t.schedule.zoneField}
              name="timezone"
              value={typed.timezone}
              hint={t.schedule.zoneHint}
            />
            <Field
              label={t.schedule.everyField}
              name="every"
              value={typed.every}
              hint={t.schedule.everyHint}
            />
          </div>
          <div class="filters">
            <Field
              label={t.schedule.startField}
              name="startAt"
              value={typed.startAt}
              hint={t.schedule.timeHint(v.timeZone)}
            />
            <Field
              label={t.schedule.endField}
              name="endAt"
              value={typed.endAt}
              hint={t.schedule.timeHint(v.timeZone)}
            />
            <Field
              label={t.schedule.timesField}
              name="times"
              value={typed.times}
              hint={t.schedule.timesHint}
            />
          </div>
          <div class="actions">
            <button type="submit" class="primary">
              {t.schedule.editSubmit}
            </button>
            <a class="button" href={href(v, 'schedule')}>
              {t.common.back}
            </a>
          </div>
        </form>
      </Panel>
      <Panel title={t.schedule.nextFive}>
        {row.next.length === 0 ? (
          <p class="muted">{t.schedule.noNext}</p>
        ) : (
          <ol>
            {row.next.map((at) => (
              <li>{exact(v, at)}</li>
            ))}
          </ol>
        )}
      </Panel>
    </>
  )
  return { title: t.schedule.editTitle, section: 'schedule', body }
}

/** A schedule as it is typed. */
function typedOf(schedule: CronSchedule, zone: string) {
  const time = (at: number | undefined) => (at === undefined ? '' : typedTime(at, zone))
  return {
    cron: 'cron' in schedule ? schedule.cron : '',
    timezone: 'cron' in schedule ? schedule.timezone : '',
    every: 'cron' in schedule ? '' : `${schedule.everyMs}ms`,
    startAt: time(schedule.startAt),
    endAt: time(schedule.endAt),
    times: schedule.times === undefined ? '' : String(schedule.times),
  }
}

export async function cronRemovePage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const row = await visibleEntry(c)
  await c.access.need('cron:remove', { queue: row.queue, cron: row.name })
  return confirmPage(v, {
    title: t.schedule.removeTitle(printable(row.name)),
    question: t.schedule.removeDetail,
    to: `schedule/${segment(row.name)}/remove`,
    fields: {},
    back: 'schedule',
    submit: t.schedule.remove,
    section: 'schedule',
  })
}
