import { UsageError } from './exit-codes.ts'

const FIELDS: Readonly<Record<string, (time: Date) => number>> = {
  Y: (time) => time.getFullYear(),
  m: (time) => time.getMonth() + 1,
  d: (time) => time.getDate(),
  H: (time) => time.getHours(),
  M: (time) => time.getMinutes(),
  S: (time) => time.getSeconds(),
}

/** The local time by a format of %Y %m %d %H %M %S, as strftime has them; %% is a percent sign. */
export function strftime(format: string, time: Date): string {
  return format.replace(/%(.)/g, (_, letter: string) => {
    const field = FIELDS[letter]
    return field ? String(field(time)).padStart(2, '0') : letter
  })
}

/** A format that `strftime` knows every letter of. */
export function dateFormat(text: string): string {
  const unknown = [...text.matchAll(/%(.|$)/g)].find(
    ([, letter]) => letter !== '%' && !Object.hasOwn(FIELDS, letter!),
  )
  if (unknown === undefined) return text
  throw new UsageError(`expected a format of %Y %m %d %H %M %S, got '${text}' with '${unknown[0]}'`)
}
