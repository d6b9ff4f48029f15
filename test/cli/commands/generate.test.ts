import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { checkConfig } from '../../../lib/config/config.ts'
import { linkedProject, TSC, TSX } from '../../kit/linked-project.ts'
import { place } from '../kit-rq.ts'

const run = promisify(execFile)
function project(): string {
  const folder = linkedProject('generate', ['@types/node'])
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "type": "module" }')
  return folder
}

test.each([
  ['order-create', [], 'orderCreate'],
  ['OrderCreate', ['--class', '--queue', 'mail'], 'class OrderCreate'],
])(
  'generate job %s %j writes a job whose types are right and whose test passes',
  async (name, flags, has) => {
    const cwd = project()
    const { code, out } = await place().rq(['generate', 'job', name, ...flags], { cwd })
    expect({ code, out }).toEqual({
      code: 0,
      out: 'create  jobs/order-create.ts\ncreate  jobs/order-create.test.ts\n',
    })
    expect(readFileSync(join(cwd, 'jobs/order-create.ts'), 'utf8')).toContain(has)
    await run(process.execPath, ['--import', TSX, '--test', 'jobs/order-create.test.ts'], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined },
    })
    const options =
      '--strict --noEmit --target es2022 --module nodenext --allowImportingTsExtensions --skipLibCheck --types node'
    const tsc = [TSC, ...options.split(' '), 'jobs/order-create.test.ts']
    const { stdout } = await run(process.execPath, tsc, { cwd }).catch((error) => error)
    expect(stdout).toBe('')
  },
  60_000,
)

test('generate overwrites nothing, and then writes nothing', async () => {
  const cwd = project()
  mkdirSync(join(cwd, 'jobs'))
  writeFileSync(join(cwd, 'jobs/mail.test.ts'), 'mine')
  const { code, err } = await place().rq(['generate', 'job', 'mail'], { cwd })
  expect(code).toBe(6)
  expect(err).toContain('jobs/mail.test.ts is there already, and nothing was written')
  expect(readdirSync(join(cwd, 'jobs'))).toEqual(['mail.test.ts'])
})

test.each(['', '../x', 'a b', '1st', 'class', 'é'])('generate refuses the name %j', async (name) => {
  const cwd = project()
  expect((await place().rq(['generate', 'job', name], { cwd })).code).toBe(2)
  expect(readdirSync(cwd)).toEqual(['node_modules', 'package.json'])
})

test('init writes a config that rq reads, and refuses to do it twice', async () => {
  const cwd = project()
  const first = await place().rq(['init', 'high', 'low', '--json'], { cwd })
  expect(first.json.data.written).toEqual([
    'rq.config.json',
    'deploy/rqworker@.service',
    'deploy/Dockerfile',
    'deploy/kubernetes.yaml',
  ])
  const config = JSON.parse(readFileSync(join(cwd, 'rq.config.json'), 'utf8'))
  expect(checkConfig(config, 'rq.config.json')).toMatchObject({
    queues: ['high', 'low'],
    worker: { concurrency: 5 },
  })
  expect(readFileSync(join(cwd, 'deploy/rqworker@.service'), 'utf8')).toContain('bin/rqworker high low\n')
  expect(await place().rq(['init'], { cwd })).toMatchObject({ code: 6, out: '' })
})

test('init’s deployment is YAML that says what it should', async () => {
  const cwd = project()
  await place().rq(['init'], { cwd })
  const { parse } = await import('yaml')
  const text = readFileSync(join(cwd, 'deploy/kubernetes.yaml'), 'utf8')
  expect(parse(text)).toMatchObject({
    kind: 'Deployment',
    spec: { template: { spec: { terminationGracePeriodSeconds: 40, containers: [{ name: 'worker' }] } } },
  })
})

test('demo runs jobs that succeed, retry and fail, and says what became of them', async () => {
  const p = place()
  const { code, out } = await p.rq(['demo'])
  expect(code).toBe(0)
  expect(out).toContain('demo: tasks.countWords(')
  expect(out).toMatch(/6 jobs finished, 1 failed, 1 retried; the texts have 6 words\n$/)
  expect(await p.queue('demo').count('failed')).toBe(1)
}, 30_000)
