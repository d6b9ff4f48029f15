import { readFile, writeFile } from 'node:fs/promises'

const START = '<!-- bench:start -->'
const END = '<!-- bench:end -->'

/** Replaces what stands between the markers of a Markdown file. Throws if the file has no such pair. */
export async function writeBetweenMarkers(file: string, text: string): Promise<void> {
  const page = await readFile(file, 'utf8')
  const start = page.indexOf(START)
  const end = page.indexOf(END, start)
  if (start < 0 || end < 0) {
    throw new Error(
      `Expected ${file} to hold ${START} and then ${END}: add both lines where the tables should stand`,
    )
  }
  await writeFile(file, `${page.slice(0, start)}${START}\n${text}\n${page.slice(end)}`)
}
