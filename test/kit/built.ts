import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = new URL('../..', import.meta.url).pathname

/** Whether dist/ is what lib/ and cli/ say now: nothing of them was written after it was built. */
export function isBuilt(): boolean {
  const builtAt = writtenAt('dist/cli/rqworker.js')
  if (builtAt === undefined) return false
  return !['lib', 'cli'].some((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).some(
      (file) => writtenAt(join(folder, file))! > builtAt,
    ),
  )
}

function writtenAt(path: string): number | undefined {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs
}

/** How Node starts a program of cli/: as it is built, which takes a fifth of the time, or else by its source. */
export function argvOf(program: string): string[] {
  const built = /^(cli\/\w+)\.ts$/.exec(program)?.[1]
  if (built === undefined || !process.env.FUNQ_TEST_BUILT) return ['--import', 'tsx', program]
  return [join('dist', `${built}.js`)]
}
