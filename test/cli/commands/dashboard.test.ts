import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { rq } from '../../../cli/commands/index.ts'
import { runProgram } from '../../../cli/program.ts'
import { until } from '../../kit/until.ts'
import { place, rqOffline } from '../kit-rq.ts'

/** Runs until it is stopped by the test; answers where it listens. */
async function serving(words: readonly string[], env: Record<string, string> = {}) {
  const host = place().host({ env })
  const code = runProgram(rq, words, host)
  onTestFinished(async () => {
    host.send('SIGTERM')
    expect(await code).toBe(0)
  })
  await until('the dashboard to listen', async () => /http:\S+\//.test(host.stderr.text))
  return /http:\S+\//.exec(host.stderr.text)![0]
}

test('serves this machine, from the first free port on', async () => {
  const first = await serving(['dashboard'])
  const second = await serving(['web'])
  expect((await fetch(first)).status).toBe(200)
  expect((await fetch(`${second}queues`)).status).toBe(200)
  expect(Number(new URL(second).port)).toBeGreaterThan(Number(new URL(first).port))
})

test('[R59] [R60] [R61] [R62] takes resque-web’s port, namespace, server and config file, the file in any place', async () => {
  const { queue, prefix, url } = place()
  await queue('seen-here').enqueue('./tasks#add', 1, 2)
  const { hostname, port, pathname } = new URL(url)
  const server = `${hostname}:${port}:${pathname.slice(1) || '0'}`
  const folder = mkdtempSync(join(tmpdir(), 'rq-web-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'resque.json')
  writeFileSync(file, JSON.stringify({ url: server, prefix }))
  const none = { RQ_REDIS_URL: '', RQ_PREFIX: '' }
  for (const words of [
    ['-p', '0', '-N', prefix, '-r', server],
    ['-p', '0', file],
    [file, '-p', '0'],
  ]) {
    const web = await serving(['web', ...words], none)
    expect(await (await fetch(`${web}queues`)).text()).toContain('seen-here')
  }
})

test.each([
  ['-r nonsense:x', 'nonsense:x'],
  ['-r redis://h:1/x', 'redis://h:1/x'],
  ['-r a=redis://127.0.0.1:1 -r b=nonsense:x', 'nonsense:x'],
  ['-N a{b}', 'prefix: expected 1 to 64 characters'],
])('web %s is refused before it listens', async (words, message) => {
  const { code, err } = await rqOffline(['web', ...words.split(' ')])
  expect([code, err]).toEqual([2, expect.stringContaining(message)])
})

test('[S4] wants a password where others can reach it', async () => {
  const { code, err } = await rqOffline(['dashboard', '--host', '0.0.0.0'])
  expect([code, err]).toEqual([2, expect.stringContaining('expected a password where others can reach it')])
})

test('[S8] takes the password from a file or the environment, and it is asked for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rq-dashboard-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'password')
  writeFileSync(file, 'correct horse\n')
  const url = await serving(['dashboard', '-p', '0', '--password-file', file, '--user', 'ann'])
  expect((await fetch(url)).status).toBe(401)
  const authorization = `Basic ${Buffer.from('ann:correct horse').toString('base64')}`
  expect((await fetch(url, { headers: { authorization } })).status).toBe(200)
  const scripts = await serving(['dashboard', '-p', '0'], { RQ_DASHBOARD_TOKEN: 'c0ffee00c0ffee00c0ffee00' })
  const headers = { authorization: 'Bearer c0ffee00c0ffee00c0ffee00' }
  expect((await fetch(`${scripts}api/v1/queues`, { headers })).status).toBe(200)
})

test('a port that was asked for and is taken is an error', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  onTestFinished(() => void other.close())
  const { port } = other.address() as AddressInfo
  const { code, err } = await rqOffline(['dashboard', '-p', String(port)])
  expect([code, err]).toEqual([1, expect.stringContaining('EADDRINUSE')])
})

test('serves several servers by their names', async () => {
  const { url } = place()
  const at = await serving(['dashboard', '-r', `live=${url}`, '--redis', `staging=${url}`])
  const live = await fetch(`${at}live/queues`)
  expect([live.status, await live.text()]).toEqual([
    200,
    expect.stringMatching(/href="[./]+\.\.\/staging\/"/),
  ])
  expect((await fetch(`${at}staging/`)).status).toBe(200)
})

test.each([
  [['-r', 'live=redis://a', '-r', 'redis://b'], "expected name=url for each of several, got 'redis://b'"],
  [['-r', 'redis://a', '-r', 'redis://b'], "expected name=url for each of several, got 'redis://a'"],
  [['-r', 'a=redis://a', '-r', 'a=redis://b'], 'a is given twice'],
])('%j is refused', async (words, said) => {
  const { code, err } = await rqOffline(['dashboard', ...words])
  expect([code, err]).toEqual([2, expect.stringContaining(said)])
})
