export async function countWords(url: string): Promise<number> {
  const response = await fetch(url)
  const text = await response.text()
  return text.split(/\s+/).filter(Boolean).length
}
