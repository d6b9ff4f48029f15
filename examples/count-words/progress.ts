const BAR_WIDTH = 30
const LINE_EACH_PERCENT = 20

/** Shows how many of `total` are done: a bar on a terminal, elsewhere a line now and then. Call the answer at each one. */
export function showProgress(total: number, { stdout } = process): () => void {
  let done = 0
  let shown = 0
  return () => {
    done++
    const percent = Math.floor((done / total) * 100)
    if (stdout.isTTY) {
      const filled = Math.round((done / total) * BAR_WIDTH)
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
      stdout.write(`\r${bar} ${done}/${total}${done === total ? '\n' : ''}`)
    } else if (percent >= shown + LINE_EACH_PERCENT) {
      shown = percent - (percent % LINE_EACH_PERCENT)
      stdout.write(`${shown} % counted\n`)
    }
  }
}
