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
