import { describeError } from '../../core/remote-error.ts'
import type { HorseLoop } from './loop.ts'
import type { Report } from './protocol.ts'

/**
 * Makes a horse say which job ends it before it ends: by `process.exit()`, or by an error that nothing caught.
 * Returns the true `process.exit`.
 */
export function installLastWords(loop: HorseLoop, report: (report: Report) => void): (code: number) => never {
  const exit = process.exit.bind(process)

  process.exit = (code) => {
    const culprit = only(loop.suspects())
    report({ kind: 'dying', culprit, hint: `${culprit === null ? 'code' : 'the job'} called process.exit()` })
    return exit(code)
  }

  const die = (error: unknown) => {
    const failed = loop.failSuspects(error)
    const { name, message, stack = `${name}: ${message}` } = describeError(error)
    // Of a job's own error its outcome has told.
    const hint =
      failed.length > 0 ? 'an error that nothing caught' : `an error outside any running job: ${stack}`
    report({ kind: 'dying', culprit: only(failed), hint })
    exit(1)
  }
  process.on('uncaughtException', die)
  process.on('unhandledRejection', die)
  return exit
}

/** Resolves when the horse has all that its jobs need; one that cannot have it says why, and ends. */
export async function prepared(
  loop: HorseLoop,
  report: (report: Report) => void,
  exit: (code: number) => never,
): Promise<void> {
  try {
    await loop.prepare()
  } catch (error) {
    report({ kind: 'dying', culprit: null, hint: describeError(error).message })
    exit(1)
  }
}

function only(ids: readonly string[]): string | null {
  return ids.length === 1 ? ids[0]! : null
}
