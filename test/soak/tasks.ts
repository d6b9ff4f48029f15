/** What the jobs of a soak do. */

export function add(x: number, y: number): number {
  return x + y
}

export async function nap(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

/** Something to carry there and back. */
export function echo(text: string): string {
  return text
}

export function fails(): never {
  throw new Error('as told')
}

export function told(): void {}
