import { readFile, writeFile } from 'node:fs/promises'

/** Replaces what stands between the markers of that name in a Markdown file. Throws if the file has no such pair. */
export async function writeBetweenMarkers(file: string, name: string, text: string): Promise<void> {
  const open = `<!-- ${name}:start -->`
  const close = `<!-- ${name}:end -->`
  const page = await readFile(file, 'utf8')
  const start = page.indexOf(open)
  const end = page.indexOf(close, start)
  if (start < 0 || end < 0) {
    throw new Error(
      `Expected ${file} to hold ${open} and then ${close}: add both lines where the tables should stand`,
    )
  }
  await writeFile(file, `${page.slice(0, start)}${open}\n${text}\n${page.slice(end)}`)
}
