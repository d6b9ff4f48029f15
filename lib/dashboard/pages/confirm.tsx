import type { Drawn } from '../context.ts'
import { Field, Hidden, Known } from '../parts/form.tsx'
import { Head, Notice, Panel } from '../parts/panel.tsx'
import { Foreign } from '../parts/text.tsx'
import { href, type Section, type View } from '../view.ts'

/** Asks once more before something is done, with all that was chosen in the form. Works without scripts. */
export function confirmPage(
  v: View,
  {
    title,
    question,
    warning,
    details = [],
    to,
    fields,
    refs = [],
    typed,
    back,
    submit,
    section,
    asks,
  }: {
    title: string
    question: string
    warning?: string | undefined
    details?: readonly (readonly [string, string])[]
    to: string
    fields: Readonly<Record<string, string | undefined>>
    refs?: readonly string[]
    /** A name that has to be typed. */
    typed?: string
    back: string
    submit: string
    section: Section
    /** Something more that has to be known. */
    asks?: { readonly name: string; readonly label: string; readonly of: readonly string[] }
  },
): Drawn {
  const { t } = v
  const body = (
    <>
      <Head title={title} />
      {warning && <Notice kind="warn">{warning}</Notice>}
      <Panel>
        <form method="post" action={href(v, to)} class="stack">
          <Hidden fields={{ back, ...fields }} />
          {refs.map((ref) => (
            <input type="hidden" name="ref" value={ref} />
          ))}
          <p>{question}</p>
          {details.length > 0 && (
            <dl class="lines">
              {details.map(([name, value]) => (
                <>
                  <dt>{name}</dt>
                  <dd>
                    <Foreign text={value} />
                  </dd>
                </>
              ))}
            </dl>
          )}
          {asks && (
            <>
              <Field label={asks.label} name={asks.name} list="known" required />
              <Known id="known" names={asks.of} />
            </>
          )}
          {typed !== undefined && (
            <label class="field">
              {t.bulk.typeName(typed)}
              <input name="typed" required autocomplete="off" spellcheck={false} />
            </label>
          )}
          <div class="actions">
            <button type="submit" class="primary danger">
              {submit}
            </button>
            <a class="button" href={href(v, back)}>
              {t.common.back}
            </a>
          </div>
        </form>
      </Panel>
    </>
  )
  return { title, section, body }
}
