import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, EXIT, UsageError } from './exit-codes.ts'
import type { Host } from './host.ts'

/** Has a text edited by the user's own editor, in a file that only the user can read. Answers what it has become. */
export async function edit({ env }: Pick<Host, 'env'>, name: string, text: string): Promise<string> {
  const editor = env.VISUAL || env.EDITOR
  if (!editor) throw new UsageError('expected an editor in EDITOR or VISUAL, as EDITOR=nano')
  const folder = mkdtempSync(join(tmpdir(), 'rq-edit-'))
  const file = join(folder, name)
  try {
    writeFileSync(file, text, { mode: 0o600 })
    await run(editor, file, env)
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** By the shell, for an editor may come with arguments: `code --wait`. */
function run(editor: string, file: string, env: Host['env']): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(`${editor} "$RQ_EDITED_FILE"`, {
      shell: true,
      stdio: 'inherit',
      env: { ...env, RQ_EDITED_FILE: file },
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else
        reject(
          new CommandError(
            EXIT.failed,
            'EDITOR',
            `the editor '${editor}' ended with ${code}; nothing was done`,
          ),
        )
    })
  })
}
