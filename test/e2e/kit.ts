import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { type Dashboard, dashboardOver } from '../../lib/dashboard/app.ts'
import { type DashboardOptions, dashboard, toNode } from '../../lib/dashboard/index.ts'
import { type Sample, sample } from '../dashboard/sample.ts'
import { REDIS_URL } from '../kit/harness.ts'
import { CHROMIUM } from './chromium.ts'

export const AT = '/admin/rq'

/** A browser for a file's tests, and dashboards for them to look at. */
export function browsing() {
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage'],
    })
  })
  afterAll(() => browser?.close())

  return {
    /** A window of its own; whatever the page complains about fails the test. */
    async open(
      url: string,
      options: BrowserContextOptions = {},
    ): Promise<{ page: Page; context: BrowserContext }> {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
      const page = await context.newPage()
      const complaints = watch(page)
      onTestFinished(async () => {
        await context.close()
        expect(complaints).toEqual([])
      })
      await page.goto(url)
      return { page, context }
    },
  }
}

/** Dialogs, refused scripts and styles, and errors of the page's script. */
export function watch(page: Page): string[] {
  const complaints: string[] = []
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (/Content Security Policy|violates|Refused to/i.test(message.text())) complaints.push(message.text())
  })
  return complaints
}

async function serving(app: Dashboard): Promise<string> {
  const server = createServer(toNode(app, AT))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    await app.close()
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${AT}`
}

/** Behind a prefix, over what is in Redis. */
export function serve(options: DashboardOptions): Promise<string> {
  return serving(dashboard(options))
}

/** Behind a prefix, over made-up data; nothing is live, for there is no Redis to look at. */
export function serveSample(
  data: Sample = sample({ now: Date.now() }),
  options: DashboardOptions = {},
): Promise<string> {
  return serving(dashboardOver(data, { connection: REDIS_URL, prefix: 'e2e', live: 'off', ...options }))
}
