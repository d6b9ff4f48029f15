const format = new Intl.NumberFormat('en')
const rules = new Intl.PluralRules('en')

export function number(n: number): string {
  return format.format(n)
}

/** As `1 job`, `2,000 jobs`. */
export function count(n: number, one: string, other: string): string {
  return `${number(n)} ${rules.select(n) === 'one' ? one : other}`
}

export const jobs = (n: number) => count(n, 'job', 'jobs')
