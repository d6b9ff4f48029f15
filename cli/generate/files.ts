import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandError, EXIT } from '../exit-codes.ts'

/** A file to be written: its path from the folder that the command runs in. */
export interface NewFile {
  readonly path: string
  readonly text: string
}

/** Writes all of them, or none where one is there already: what a person has written is never overwritten. @throws CommandError */
export async function writeFiles(folder: string, files: readonly NewFile[]): Promise<void> {
  const there: string[] = []
  for (const { path } of files) if (await exists(join(folder, path))) there.push(path)
  if (there.length > 0) {
    const one = there.length === 1
    throw new CommandError(
      EXIT.refused,
      'FILE_EXISTS',
      `${there.join(', ')} ${one ? 'is' : 'are'} there already, and nothing was written`,
      `Move ${one ? 'it' : 'them'} away first.`,
    )
  }
  for (const { path, text } of files) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: 'wx' })
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
