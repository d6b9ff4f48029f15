import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { projectRoot } from '../../lib/core/project-root.ts'

const folder = mkdtempSync(join(tmpdir(), 'funq-root-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the root is the nearest folder with a package.json', () => {
  mkdirSync(join(folder, 'app/src/jobs'), { recursive: true })
  writeFileSync(join(folder, 'app/package.json'), '{}')
  expect(projectRoot(join(folder, 'app/src/jobs'))).toBe(join(folder, 'app'))
  expect(projectRoot(join(folder, 'app'))).toBe(join(folder, 'app'))
})

test('without a package.json it is the folder itself', () => {
  mkdirSync(join(folder, 'loose'))
  expect(projectRoot(join(folder, 'loose'))).toBe(join(folder, 'loose'))
})

test('it starts from the working directory', () => {
  expect(projectRoot()).toBe(projectRoot(process.cwd()))
})
