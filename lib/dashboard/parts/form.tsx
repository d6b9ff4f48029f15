import { href, type View } from '../view.ts'

/** A button that changes something: a form of its own, so that it works without scripts. */
export function ActionButton({
  v,
  to,
  fields = {},
  label,
  name,
  kind = '',
}: {
  v: View
  to: string
  fields?: Readonly<Record<string, string | undefined>>
  label: string
  /** What it is about, for who does not see the row it stands in. */
  name?: string
  kind?: string
}) {
  return (
    <form method="post" action={href(v, to)} class="inline">
      <Hidden fields={{ back: v.here, ...fields }} />
      <button type="submit" class={kind} aria-label={name ? `${label}: ${name}` : undefined}>
        {label}
      </button>
    </form>
  )
}

/** Several about one row of a list, in one form: it is drawn for each row. */
export function ActionButtons({
  v,
  name,
  actions,
}: {
  v: View
  name: string
  actions: readonly (readonly [to: string, label: string])[]
}) {
  const [first] = actions
  if (first === undefined) return null
  return (
    <form method="post" action={href(v, first[0])} class="actions">
      <Hidden fields={{ back: v.here }} />
      {actions.map(([to, label], i) => (
        <button
          type="submit"
          class="quiet"
          formaction={i === 0 ? undefined : href(v, to)}
          aria-label={`${label}: ${name}`}
        >
          {label}
        </button>
      ))}
    </form>
  )
}

export function Hidden({ fields }: { fields: Readonly<Record<string, string | undefined>> }) {
  return (
    <>
      {Object.entries(fields).map(
        ([name, value]) => value !== undefined && <input type="hidden" name={name} value={value} />,
      )}
    </>
  )
}

export function Field({
  label,
  name,
  value = '',
  hint,
  type = 'text',
  list,
  placeholder,
  required = false,
}: {
  label: string
  name: string
  value?: string
  hint?: string
  type?: string
  list?: string
  placeholder?: string
  required?: boolean
}) {
  return (
    <label class="field">
      {label}
      <input
        type={type}
        name={name}
        value={value}
        list={list}
        placeholder={placeholder}
        required={required}
        autocomplete="off"
        spellcheck={false}
        maxlength={500}
      />
      {hint && <span class="hint">{hint}</span>}
    </label>
  )
}

/** What a field offers to choose from. */
export function Known({ id, names }: { id: string; names: readonly string[] }) {
  return (
    <datalist id={id}>
      {names.slice(0, 200).map((name) => (
        <option value={name}></option>
      ))}
    </datalist>
  )
}

export function Select({
  label,
  name,
  value,
  options,
}: {
  label: string
  name: string
  value: string
  options: readonly (readonly [value: string, label: string])[]
}) {
  return (
    <label class="field">
      {label}
      <select name={name}>
        {options.map(([each, text]) => (
          <option value={each} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Finds rows of a list by a part of their names, from the first page on. */
export function NameFilter({ v, path, children }: { v: View; path: string; children?: any }) {
  return (
    <form class="filters" method="get" action={href(v, path)}>
      <Field label={v.t.common.filter} name="filter" value={v.query.get('filter') ?? ''} type="search" />
      <button type="submit">{v.t.common.apply}</button>
      {children}
    </form>
  )
}

/** Whether a name has what is looked for in it. */
export function nameFilter(v: View): (name: string) => boolean {
  const wanted = (v.query.get('filter') ?? '').toLowerCase()
  return (name) => name.toLowerCase().includes(wanted)
}
