/** Next calls it once a process, in every runtime. Jobs run elsewhere: `npx rqworker low`. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { low } = await import('./queue.ts')
  process.once('SIGTERM', () => void low().close())
}
