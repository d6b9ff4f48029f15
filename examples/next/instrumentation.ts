/** Next calls it once a process, in every runtime. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./shutdown.ts')
}
