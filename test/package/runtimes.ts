import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRedis } from '../../lib/testing/index.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What an application of another runtime does: functions are named by their path there. */
const PROGRAM = `
import { Queue, Worker } from 'funq'
import { drain, withTesting } from 'funq/testing'
import { add } from './tasks.ts'

const [, , isolation] = process.argv
const q = new Queue('q', { prefix: 'p-' + isolation })
const job = await q.with({ retry: { max: 1, interval: 0 } }).enqueue('./tasks#add', 1, 2)
const failing = await q.enqueue('./tasks#fail')
await new Worker('q', { prefix: 'p-' + isolation, isolation, burst: true }).run()
console.log(await job.result, (await failing.result.catch((error) => error)).name)
await withTesting('fake', async () => {
  await q.enqueue('./tasks#add', 3, 4)
  console.log(JSON.stringify(await drain()))
})
await q.delete()
await q.close()
console.log(typeof add)
`
const TASKS = `
export const add = (a: number, b: number): number => a + b
export function fail(): never { throw new TypeError('as it should') }
`
const EXPECTED = '3 JobFailedError\n{"success":1,"failed":0,"retried":0,"canceled":0}\nfunction\n'

/** Which ways of running jobs work there, as docs/workers.md says. */
const ISOLATIONS: Readonly<Record<string, readonly string[]>> = {
  bun: ['none', 'thread'],
  deno: ['none', 'thread', 'process'],
}

/** Enqueues, runs and awaits jobs by the packed package in a folder of its own. */
export async function tryRuntime(name: string, bin: string, folder: string): Promise<boolean> {
  const words = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const packed = execFileSync('npm', words, { cwd: ROOT, encoding: 'utf8' })
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('['))) as [{ filename: string }]
  execFileSync('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', join(folder, filename)])
  writeFileSync(join(folder, 'app.mjs'), PROGRAM)
  writeFileSync(join(folder, 'tasks.ts'), TASKS)
  const redis = await startRedis({ quiet: true })
  try {
    return ISOLATIONS[name]!.map((isolation) => {
      const run = name === 'deno' ? ['run', '-A', 'app.mjs', isolation] : ['app.mjs', isolation]
      const env = { ...process.env, REDIS_URL: redis.url }
      const { stdout, stderr, status } = spawnSync(join(bin, name), run, {
        cwd: folder,
        env,
        encoding: 'utf8',
        timeout: 60_000,
      })
      const isRight = status === 0 && stdout === EXPECTED
      console.log(
        isRight ? `${name}, ${isolation}: ok` : `${name}, ${isolation}: ${status}\n${stdout}${stderr}`,
      )
      return isRight
    }).every(Boolean)
  } finally {
    await redis.stop()
  }
}
