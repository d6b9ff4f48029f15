import { Redis } from 'ioredis'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DashboardOptions } from '../../lib/dashboard/index.ts'
import { Queue, Worker } from '../../lib/index.ts'
import { startRedis } from '../../lib/testing/index.ts'
import { ownServer } from '../faults/kit.ts'
import { FIXTURES } from '../kit/harness.ts'
import { browsing, serve } from './kit.ts'

const windows = browsing()
/** Every page, of what `seeded` leaves. */
const PAGES = [
  ...[
    '',
    'queues',
    'queues/mail',
    'jobs',
    'jobs?state=failed',
    'search?q=add',
    'failures',
    'schedule',
    'flows',
  ],
  ...['workers', 'metrics-ui', 'system', 'audit'],
]
/** Of what may only read: the rules of docs/security.md for a viewer, without their keys. */
const VIEWER = '+eval_ro +evalsha_ro +multi +exec +time +info +ping +select +@read'.split(' ')

/** A server with a queue that has a failed and a finished job, and the dashboard of it. */
async function seeded(options: DashboardOptions = {}) {
  const own = await ownServer()
  const at = { connection: own.connection }
  const queue = new Queue('mail', at)
  onTestFinished(() => queue.close())
  const failed = await queue.enqueue('./tasks#fail', 'no route to host')
  await queue.enqueue('./tasks#add', 1, 2)
  await new Worker('mail', { ...at, paths: [FIXTURES], isolation: 'none', burst: true }).run()
  await queue.enqueue('./tasks#add', 3, 4)
  const url = await serve({ ...at, commandTimeout: '1s', ...options })
  return { ...own, queue, failed, url }
}

async function expectReadable(page: Page, url: string): Promise<void> {
  for (const path of PAGES) {
    const answer = await page.goto(`${url}/${path}`)
    expect([path, answer!.status()]).toEqual([path, 200])
  }
}

async function pause(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/queues/mail`)
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
}

const heading = (page: Page, text: string) => page.locator('h1', { hasText: text }).waitFor()

describe('a Redis that is full', () => {
  test('is shown, is said to be full, refuses new jobs in plain words, and pauses and deletes all the same', async () => {
    const { admin, queue, failed, url } = await seeded()
    // Jobs are known by workers that have run them: one is offered to be enqueued.
    await admin.zadd('funq:{mail}:functions', Date.now(), './tasks#add')
    await admin.config('SET', 'maxmemory', '1mb')
    const { page } = await windows.open(url)
    await expectReadable(page, url)
    await page.goto(url)
    await page.getByText('Redis has used up its memory, and takes no new jobs').waitFor()

    await page.goto(`${url}/queues/mail`)
    await page.getByRole('combobox', { name: 'Function' }).selectOption('./tasks#add')
    await page.getByRole('button', { name: 'Enqueue' }).click()
    await heading(page, 'Redis refuses writes')
    await page.getByText('Free memory or disk, or raise maxmemory.').first().waitFor()
    expect(await queue.count()).toBe(1)
    await page.getByRole('link', { name: 'Back' }).click()
    await heading(page, 'mail')

    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.goto(`${url}/jobs/${failed.id}?queue=mail`)
    await page.getByRole('button', { name: 'Delete…' }).click()
    await page.getByRole('button', { name: 'Delete 1 job' }).click()
    await page.getByText('1 job changed').waitFor()

    await admin.config('SET', 'maxmemory', '0')
    await page.goto(`${url}/queues/mail`)
    await page.getByRole('combobox', { name: 'Function' }).selectOption('./tasks#add')
    await page.getByRole('button', { name: 'Enqueue' }).click()
    await page.getByText('The job was enqueued.').waitFor()
    expect(await queue.count()).toBe(2)
  })
})

describe('a Redis that takes no changes', () => {
  test('for it is a replica, is shown, and says where changes go', async () => {
    const { admin, queue, url } = await seeded()
    await admin.replicaof('127.0.0.1', 1)
    const { page } = await windows.open(url)
    await expectReadable(page, url)
    await page.goto(url)
    await page.getByText('this Redis is a replica that has lost its master').waitFor()
    await pause(page, url)
    await heading(page, 'Redis takes no changes')
    await page.getByText('writes go to the master').waitFor()
    await page.getByRole('link', { name: 'Back' }).click()
    await heading(page, 'mail')
    await admin.call('REPLICAOF', 'NO', 'ONE')
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByText('The queue is paused.').waitFor()
    expect(await queue.isPaused()).toBe(true)
  })

  test('from this user, is shown, and says that its rules do not allow it', async () => {
    const { admin, connection, queue } = await seeded()
    await admin.call('ACL', 'SETUSER', 'viewer', 'on', '>of the viewer', '%R~funq:*', ...VIEWER)
    const { port } = new URL(connection)
    const url = await serve({ connection: `redis://viewer:of%20the%20viewer@127.0.0.1:${port}` })
    const { page } = await windows.open(url)
    await expectReadable(page, url)
    await pause(page, url)
    await heading(page, 'Redis refuses the dashboard')
    await page.getByText('its ACL does not allow what funq needs').waitFor()
    expect(await page.content()).not.toContain('of the viewer')
    expect(await queue.isPaused()).toBe(false)
  })
})

test('a Redis that is not there yet is waited for', async () => {
  const first = await startRedis({ quiet: true })
  const port = Number(new URL(first.url).port)
  await first.stop()
  const url = await serve({ connection: `redis://127.0.0.1:${port}`, commandTimeout: '1s' })
  const { page } = await windows.open(`${url}/queues`)
  await heading(page, 'Redis cannot be reached')
  await page.getByText(`redis at 127.0.0.1:${port}`).first().waitFor()
  await page.getByText('Nothing listens at that address').waitFor()
  const later = await startRedis({ quiet: true, port })
  onTestFinished(() => later.stop())
  await heading(page, 'Queues')
})

test.each(['sse', 'poll'] as const)(
  'a page that is open stays as it is while Redis is away, says why, and goes on by itself (%s)',
  async (live) => {
    const { server, queue, url } = await seeded({ live })
    const { page } = await windows.open(`${url}/queues`)
    await page.locator('#live[data-state=on]').waitFor()
    await server.kill()
    await page.locator('#live[data-state=lost]').waitFor()
    const outage = page.locator('.outage', { hasText: 'Redis cannot be reached.' })
    await outage.waitFor()
    expect(await outage.textContent()).toMatch(
      /Nothing listens at that address.*What stands here is as of \d/,
    )
    await page.getByRole('link', { name: 'mail' }).waitFor()
    await server.restart()
    await page.locator('#live[data-state=on]').waitFor()
    await outage.waitFor({ state: 'detached' })
    await queue.enqueue('./tasks#add', 5, 6)
    await page.locator('tr[data-key=mail] td').first().getByText('1', { exact: true }).waitFor()
  },
)

test('a page that is opened while Redis is away says so, and comes when it is back', async () => {
  const { server, url } = await seeded()
  await server.kill()
  const { page } = await windows.open(`${url}/jobs?state=failed`)
  await heading(page, 'Redis cannot be reached')
  await page.getByText('This page tries again every few seconds').waitFor()
  await server.restart()
  await heading(page, 'Jobs')
  expect(new URL(page.url()).search).toBe('?state=failed')
})

test('a wrong password is said to be wrong, never shown, and tried again', async () => {
  const { admin, connection } = await seeded()
  const { port } = new URL(connection)
  await admin.config('SET', 'requirepass', 'the right one')
  const url = await serve({ connection: `redis://:not%20this@127.0.0.1:${port}` })
  const { page } = await windows.open(`${url}/queues`)
  await heading(page, 'Redis refuses the dashboard')
  await page.getByText('The user or password is wrong').waitFor()
  expect(await page.content()).not.toMatch(/not this|not%20this|the right one/)
  await admin.config('SET', 'requirepass', 'not this')
  await heading(page, 'Queues')
})

test('a Redis that loads its data is said to, and is shown when it has', async () => {
  const { server, admin, connection } = await ownServer(
    ...['--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024'],
  )
  await admin.eval("for i = 1, 2000 do redis.call('SET', 'other:' .. i, string.rep('x', 100)) end", 0)
  await admin.save()
  const url = await serve({ connection, commandTimeout: '2s' })
  await server.kill()
  const restarted = server.restart()
  const early = new Redis(connection, { enableReadyCheck: false, maxRetriesPerRequest: null })
  onTestFinished(() => early.disconnect())
  early.on('error', () => {})
  await expect.poll(() => early.ping().catch(({ message }) => message)).toMatch(/^LOADING/)
  const { page } = await windows.open(`${url}/queues`)
  await heading(page, 'Redis is loading its data')
  await early.config('SET', 'key-load-delay', '0')
  await restarted
  await heading(page, 'Queues')
})
