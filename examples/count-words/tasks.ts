/** How many words a document has. */
export async function countWords(url: string): Promise<number> {
  const response = await fetch(url)
  if (!response.ok)
    throw new Error(`expected a document at ${url}, got ${response.status} ${response.statusText}`)
  const text = await response.text()
  return text.split(/\s+/).filter(Boolean).length
}

/** Adds up the counts of all documents. */
export function report(...counts: number[]): { documents: number; words: number } {
  return { documents: counts.length, words: counts.reduce((sum, count) => sum + count, 0) }
}
