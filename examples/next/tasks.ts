/** What jobs run: `npm run worker` loads it, by tsx where Node reads no TypeScript. Next does not. */
export async function countWords(text: string): Promise<number> {
  return text.split(/\s+/).filter(Boolean).length
}
