import { randomUUID } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Cron, Queue, Worker } from '../../lib/index.ts'
import { FIXTURES, REDIS_URL } from '../kit/harness.ts'
import { browsing, serve } from './kit.ts'

const windows = browsing()

function place() {
  const at = { connection: REDIS_URL, prefix: `e2e${randomUUID().slice(0, 8)}` }
  const queue = new Queue('mail', at)
  onTestFinished(() => queue.close())
  const work = async () => {
    await new Worker('mail', { ...at, paths: [FIXTURES], isolation: 'none', burst: true }).run()
  }
  return { at, queue, work }
}

describe.each([true, false])('with JavaScript: %s', (javaScriptEnabled) => {
  test('failed jobs are found, selected, and retried', async () => {
    const { at, queue, work } = place()
    for (let i = 0; i < 3; i++) await queue.enqueue('./tasks#fail', `no route to host ${i}`)
    await work()
    const url = await serve(at)
    const { page } = await windows.open(`${url}/failures`, { javaScriptEnabled })
    await page.getByRole('link', { name: /no route to host/ }).click()
    const boxes = page.locator('input[name=ref]')
    expect(await boxes.count()).toBe(3)
    await boxes.nth(0).check()
    await boxes.nth(1).check()
    await page.locator('#bulk').getByRole('button', { name: 'Retry' }).click()
    await page.getByText('Retry 2 jobs?').waitFor()
    await page.getByRole('button', { name: 'Retry' }).click()
    await page.getByText('2 jobs changed').waitFor()
    expect(await queue.count()).toBe(2)
  })

  test('a queue is paused with a reason, and emptied by its name', async () => {
    const { at, queue } = place()
    await queue.enqueue('./tasks#add', 1, 2)
    const url = await serve(at)
    const { page } = await windows.open(`${url}/queues/mail`, { javaScriptEnabled })
    await page.getByLabel('Reason').fill('provider is down')
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByText('Reason: provider is down').waitFor()
    await page.getByRole('link', { name: 'Empty…' }).click()
    await page.getByLabel('Type mail to confirm').fill('mial')
    await page.getByRole('button', { name: 'Empty' }).click()
    await page.getByText('The name is not the same. Nothing was done.').waitFor()
    expect(await queue.count()).toBe(1)
    await page.goto(`${url}/queues/mail/empty`)
    await page.getByLabel('Type mail to confirm').fill('mail')
    await page.getByRole('button', { name: 'Empty' }).click()
    await page.getByText('1 job changed').waitFor()
    expect(await queue.count()).toBe(0)
  })

  test('a job is retried with other arguments', async () => {
    const { at, queue, work } = place()
    const job = await queue.enqueue('./tasks#fail', 'as told')
    await work()
    const url = await serve(at)
    const { page } = await windows.open(`${url}/jobs/${job.id}`, { javaScriptEnabled })
    await page.getByRole('link', { name: 'Edit and retry' }).click()
    await page.getByRole('textbox', { name: 'Arguments, a JSON list' }).fill('["another way"]')
    await page.getByRole('button', { name: 'Enqueue' }).click()
    await page.getByText('A new job with these arguments was enqueued.').waitFor()
    await page.getByText('"another way"').first().waitFor()
    expect(await queue.count()).toBe(1)
  })
})

test('two pages hear of what the other did, and rows do not jump', async () => {
  const { at, queue } = place()
  await queue.enqueue('./tasks#add', 1, 2)
  const url = await serve(at)
  const { page, context } = await windows.open(`${url}/jobs?state=queued`)
  await page.locator('#live[data-state=on]').waitFor()
  await page.locator('input[name=ref]').check()
  const other = await context.newPage()
  await other.goto(`${url}/queues`)
  await other.locator('#live[data-state=on]').waitFor()
  await queue.enqueue('./tasks#add', 3, 4)
  await other.locator('tr[data-key=mail] td').first().getByText('2', { exact: true }).waitFor()
  await page.bringToFront()
  await page.locator('.news').waitFor()
  expect(await page.locator('tr[data-key]').count()).toBe(1)
  await page.locator('.news').click()
  expect(await page.locator('tr[data-key]').count()).toBe(2)
  expect(await page.locator('input[name=ref]:checked').count()).toBe(1)
})

/** So many cron entries, the first job of each far away. */
async function scheduled(at: ReturnType<typeof place>['at'], names: readonly string[]) {
  await using cron = new Cron(at)
  for (const name of names) {
    const startAt = Date.now() + 3_600_000
    await cron.register({ name, every: '1h', startAt, func: './tasks#add', args: [1, 2], queue: 'mail' })
  }
}

test('news of a list leaves its page as it is, moves no row under the pointer, and closes nothing', async () => {
  const { at, queue } = place()
  await queue.enqueue('./tasks#add', 1, 2)
  const names = Array.from({ length: 15 }, (_, i) => `entry-${10 + i}`)
  await scheduled(at, names)
  const url = await serve(at)
  const { page } = await windows.open(`${url}/schedule`)
  await page.locator('#live[data-state=on]').waitFor()
  await page.getByRole('link', { name: 'Next page' }).click()
  await page.locator('#live[data-state=on]').waitFor()
  const keys = () =>
    page.evaluate<string[]>('[...document.querySelectorAll("tr[data-key]")].map((row) => row.dataset.key)')
  expect(await keys()).toEqual(names.slice(10))
  await page.locator('tr[data-key=entry-22] summary').click()
  const place22 = await page.locator('tr[data-key=entry-22]').boundingBox()
  await page.locator('tr[data-key=entry-21] th').hover()
  await scheduled(at, ['entry-05'])
  await queue.enqueue('./tasks#add', 3, 4)
  await page.locator('.news').waitFor()
  expect(await keys()).toEqual(names.slice(10))
  expect(await page.locator('tr[data-key=entry-22]').boundingBox()).toEqual(place22)
  expect(await page.locator('tr[data-key=entry-22] details').getAttribute('open')).not.toBeNull()
  await page.getByText('11–16 of 16').waitFor()
  await page.locator('.news').click()
  expect(await keys()).toEqual(names.slice(9))
  expect(await page.locator('.news').count()).toBe(0)
  await page.mouse.move(0, 0)
  await scheduled(at, ['entry-06'])
  await queue.enqueue('./tasks#add', 5, 6)
  await page.locator('tr[data-key=entry-18]').waitFor()
  expect(await keys()).toEqual(names.slice(8))
})

test('where connections cannot stay open, pages ask now and then', async () => {
  const { at, queue } = place()
  await queue.enqueue('./tasks#add', 1, 2)
  const url = await serve({ ...at, live: 'poll' })
  const { page } = await windows.open(`${url}/queues`)
  await page.locator('#live[data-state=on]').waitFor()
  await queue.enqueue('./tasks#add', 3, 4)
  await page.locator('tr[data-key=mail] td').first().getByText('2', { exact: true }).waitFor()
})
