import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { linkedProject, ROOT, TSX } from '../kit/linked-project.ts'
import { snippetsOf } from './snippets.ts'

const run = promisify(execFile)
/** No Redis is to be asked: the one that they are told of is not there. */
const env = { ...process.env, NODE_ENV: 'test', NODE_OPTIONS: '', REDIS_URL: 'redis://127.0.0.1:1' }

/** The tests that docs/testing.md shows, as the project of a user. */
let project = ''

beforeAll(() => {
  project = linkedProject('testing', ['vitest', 'expect'])
  writeFileSync(join(project, 'package.json'), '{ "name": "tested", "type": "module" }')
  for (const { file, code } of snippetsOf(join(ROOT, 'docs/testing.md')))
    if (file !== undefined) writeFileSync(join(project, file), code)
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

test('the one for Vitest passes', async () => {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const { stdout } = await run(process.execPath, [vitest, 'run', '--root', project, 'mail.test.ts'], {
    cwd: project,
    env,
  }).catch((error) => error)
  expect(stdout).toMatch(/Tests\S* .*1 passed/)
}, 60_000)

test('the one for node:test passes', async () => {
  const { stdout } = await run(process.execPath, ['--import', TSX, '--test-reporter=tap', 'mail.node.ts'], {
    cwd: project,
    env,
  }).catch((error) => error)
  expect(stdout).toContain('# pass 1\n# fail 0')
}, 60_000)

test('the one for Jest passes, with its expect', async () => {
  // Jest itself is not installed: its globals are here those of node:test, and its own expect.
  const globals = `
    import { afterEach, beforeEach, test } from 'node:test'
    import { expect } from 'expect'
    Object.assign(globalThis, { afterEach, beforeEach, test, expect })`
  writeFileSync(join(project, 'globals.mjs'), globals)
  const args = ['--import', TSX, '--import', './globals.mjs', '--test-reporter=tap', 'mail.jest.js']
  const { stdout } = await run(process.execPath, args, { cwd: project, env }).catch((error) => error)
  expect(stdout).toContain('# pass 1\n# fail 0')
}, 60_000)
