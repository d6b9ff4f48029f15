import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PAGES } from '../dashboard/kit.ts'
import { manyOf } from '../dashboard/many.ts'
import { sample } from '../dashboard/sample.ts'
import { browsing, serveSample, watch } from './kit.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const windows = browsing()

describe.each(['light', 'dark'] as const)('in the %s theme', (colorScheme) => {
  test('axe finds nothing wrong on any page', async () => {
    const url = await serveSample()
    const { page } = await windows.open(`${url}/`, { colorScheme, bypassCSP: true })
    const long = await serveSample((await manyOf(150, sample({ now: Date.now() }))).data)
    const pages = ['/schedule?from=20', '/failures?from=50', '/workers?from=40', '/queues?from=50']
    for (const path of [...PAGES.map((each) => url + each), ...pages.map((each) => long + each)]) {
      await page.goto(path)
      await page.addScriptTag({ path: AXE })
      const { violations } = await page.evaluate<any>(
        `axe.run(document, ${JSON.stringify({ runOnly: RULES })})`,
      )
      const found = violations.map(
        ({ id, nodes }: any) =>
          `${id}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary?.slice(0, 200)}`,
      )
      expect([path, found]).toEqual([path, []])
    }
  })
})

test.each([320, 768, 1280])(
  'at a width of %i nothing but tables and graphs has to be scrolled sideways',
  async (width) => {
    const url = await serveSample()
    const { page } = await windows.open(`${url}/`, { viewport: { width, height: 800 } })
    const unbroken = await serveSample(
      sample({ text: (_, plain) => `${'x'.repeat(90)}${plain}`, now: Date.now() }),
    )
    for (const path of [...PAGES.map((each) => url + each), ...PAGES.map((each) => unbroken + each)]) {
      await page.goto(path)
      expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, width])
    }
  },
)

test('a page with little on it is as high as the window', async () => {
  const { page } = await windows.open(`${await serveSample()}/audit`)
  expect(await page.evaluate('document.documentElement.scrollHeight')).toBe(800)
})

test('[S1] [S2] hostile data opens no dialog and breaks no policy', async () => {
  const hostile = '"><img src=x onerror=alert(1)></script><script>alert(2)</script><svg/onload=alert(3)>'
  const data = sample({
    text: (_, plain) => `${hostile}${plain}`,
    args: JSON.stringify([{ [hostile]: hostile }]),
    now: Date.now(),
  })
  const url = await serveSample(data)
  const { page } = await windows.open(`${url}/`)
  const complaints = watch(page)
  for (const path of PAGES) {
    await page.goto(`${url}${path}`)
    for (const summary of await page.locator('main details summary').all())
      await summary.click({ timeout: 1_000 }).catch(() => {})
    expect(await page.locator('img').count()).toBe(0)
  }
  expect(complaints).toEqual([])
})

test('keys lead from page to page, and from row to row', async () => {
  const url = await serveSample()
  const { page } = await windows.open(`${url}/`)
  await page.keyboard.press('g')
  await page.keyboard.press('j')
  await page.waitForURL(/\/jobs$/)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('x')
  expect(await page.locator('tr.at input[name=ref]').isChecked()).toBe(true)
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/jobs\/job-0\?/)
  await page.keyboard.press('?')
  await page.locator('dialog[open]').waitFor()
  await page.keyboard.press('Escape')
  // Until it has closed, keys are the dialog's.
  await page.locator('dialog[open]').waitFor({ state: 'detached' })
  await page.keyboard.press('/')
  await page.locator('input[name=q]:focus').first().waitFor()
  await page.keyboard.type('job-1')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/jobs\/job-1\?/)
})

test('a theme and a language are kept', async () => {
  const url = await serveSample()
  const { page } = await windows.open(`${url}/queues`)
  await page.locator('.side summary').click()
  await page.locator('.side select[name=theme]').selectOption('dark')
  await page.locator('.side select[name=language]').selectOption('zh-CN')
  await page.locator('.side button[type=submit]').click()
  await page.waitForURL(/done=preferences/)
  expect(await page.locator('h1').textContent()).toBe('队列')
  expect(await page.evaluate('getComputedStyle(document.documentElement).colorScheme')).toBe('dark')
})

test('behind a proxy that cuts a prefix off, links, style and forms lead to where they should', async () => {
  const app = await serveSample()
  const { pathname, port } = new URL(app)
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url!.replace(/^\/ops/, pathname)
    const { method, headers } = incoming
    const onward = request({ port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/ops`
  const { page } = await windows.open(`${url}/queues/reports?state=failed`)
  expect(await page.evaluate('getComputedStyle(document.querySelector(".panel")).borderTopStyle')).toBe(
    'solid',
  )
  await page.locator('.side').getByRole('link', { name: 'Failures' }).click()
  await page.waitForURL(`${url}/failures`)
  await page.locator('main td a').first().click()
  await page.waitForURL(`${url}/failures/*`)
  await page.locator('.side summary').click()
  await page.locator('.side select[name=theme]').selectOption('dark')
  await page.locator('.side button[type=submit]').click()
  await page.waitForURL(/\/ops\/failures\/[^?]+\?done=preferences/)
})
