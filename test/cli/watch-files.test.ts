import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { watchFiles } from '../../cli/watch-files.ts'

test('[D17] code that changes is told of, in new folders too; what is installed is not', async () => {
  const root = mkdtempSync(join(tmpdir(), 'rq-watch-'))
  mkdirSync(join(root, 'src'))
  mkdirSync(join(root, 'node_modules/p'), { recursive: true })
  const seen: string[] = []
  const stop = watchFiles(
    [root],
    (file) => seen.push(file),
    (error) => {
      throw error
    },
  )
  onTestFinished(() => {
    stop()
    rmSync(root, { recursive: true, force: true })
  })
  writeFileSync(join(root, 'node_modules/p/index.js'), '1')
  writeFileSync(join(root, 'src/notes.txt'), '1')
  writeFileSync(join(root, 'src/tasks.ts'), '1')
  await expect.poll(() => seen).toEqual([join(root, 'src/tasks.ts')])
  mkdirSync(join(root, 'src/deep'))
  await expect.poll(() => seen.length).toBe(2)
  writeFileSync(join(root, 'src/deep/more.js'), '1')
  await expect.poll(() => seen.at(-1)).toBe(join(root, 'src/deep/more.js'))
})
