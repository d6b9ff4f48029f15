/** What the end of a horse that nobody asked to end probably means, in words. */
export function deathHint(code: number | string | null, signal: string | null): string | undefined {
  if (code === 9) return "node did not accept the horse's flags"
  // 134 and 137 are SIGABRT and SIGKILL as a shell or container reports them.
  if (signal === 'SIGABRT' || signal === 'SIGKILL' || code === 134 || code === 137) return OUT_OF_MEMORY
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? OUT_OF_MEMORY : undefined
}

const OUT_OF_MEMORY = 'likely out of memory'
