/**
 * Has this process, where jobs print, go on when whoever read its output has left, as in `rqworker | head`: what nobody can read any more is
 * no failure of the job that printed it.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
