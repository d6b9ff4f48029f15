/** Flags of a process that its horses must not share: debugger ports, and what makes node run something else. */
const DROPPED =
  /^(--inspect.*|--debug-port.*|--watch.*|--test.*|--(eval|print|input-type)(=.*|$)|--interactive|--check|-(e|p|pe|i|c))$/s
/** Those of them whose value is the next word. */
const WITH_VALUE = /^(--inspect-port|--debug-port|--watch-path|--eval|--print|--input-type|-(e|p|pe))$/

/** The flags of this process that its horses should have too. */
export function inheritedFlags(execArgv: readonly string[] = process.execArgv): string[] {
  return execArgv.filter((flag, index) => !DROPPED.test(flag) && !WITH_VALUE.test(execArgv[index - 1] ?? ''))
}

/** The flags that a thread must be given: those of this process, unless they say what kind of text it runs, which a file is not. */
export function threadFlags(execArgv: readonly string[] = process.execArgv): string[] | undefined {
  return execArgv.some((flag) => /^--input-type(=|$)/.test(flag)) ? inheritedFlags(execArgv) : undefined
}

/** The environment for a horse: this process's, without a debugger's port in NODE_OPTIONS. */
export function inheritedEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  if (env.NODE_OPTIONS === undefined) return env
  return { ...env, NODE_OPTIONS: env.NODE_OPTIONS.replace(/--(inspect|debug-port)\S*/g, '') }
}
