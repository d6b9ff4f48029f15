/** Splits chunks of text into lines and hands each on; the last, unfinished one waits for its rest. */
export function lineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = ''
  return (chunk) => {
    let start = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      const line = rest + chunk.slice(start, end)
      rest = ''
      start = end + 1
      onLine(line)
    }
    rest += chunk.slice(start)
  }
}
