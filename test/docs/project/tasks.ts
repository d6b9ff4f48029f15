/** The tasks that the documents speak of. */

export async function countWords(url: string): Promise<number> {
  const page = await fetch(url)
  return (await page.text()).split(/\s+/).length
}

export function add(x: number, y: number): number {
  return x + y
}

export function sum(...numbers: number[]): number {
  return numbers.reduce((total, n) => total + n, 0)
}

export function sendReport(): void {}

export function cleanUp(): void {}

export async function sendMail(_to: string, _subject = 'hello'): Promise<void> {}

export function resize(file: string): string {
  return `small ${file}`
}

export function charge(_customer: string, amount: number): number {
  return amount
}

export function report(period = 'daily'): string {
  return period
}

export function sweep(): void {}
