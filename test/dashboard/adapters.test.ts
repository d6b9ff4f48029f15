import 'reflect-metadata'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { toExpress, toFastify, toHono, toKoa, toNest, toNext, toNode } from '../../lib/dashboard/index.ts'
import { made } from './kit.ts'
import { type Sample, sample } from './sample.ts'

const AT = '/admin/rq'

type Mounted = { readonly url: string; readonly calls: string[] }

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const MOUNTS: Readonly<Record<string, () => Promise<Mounted>>> = {
  async 'node:http'() {
    const { app, data } = made()
    return { url: await listening(createServer(toNode(app, AT))), calls: data.calls }
  },
  async Express() {
    const { app, data } = made()
    const site = express().use(AT, toExpress(app))
    return { url: await listening(createServer(site)), calls: data.calls }
  },
  async 'Express after its body parsers'() {
    const { app, data } = made()
    const site = express().use(express.urlencoded(), express.json()).use(AT, toExpress(app))
    return { url: await listening(createServer(site)), calls: data.calls }
  },
  async Fastify() {
    const { app, data } = made()
    const site = fastify()
    await site.register(toFastify(app), { prefix: AT })
    onTestFinished(() => site.close())
    return { url: await site.listen({ port: 0, host: '127.0.0.1' }), calls: data.calls }
  },
  async Koa() {
    const { app, data } = made()
    const site = new Koa().use(toKoa(app, AT))
    return { url: await listening(createServer(site.callback())), calls: data.calls }
  },
  async Hono() {
    const { app, data } = made()
    const site = new Hono().route(AT, toHono(app))
    const server = serve({ fetch: site.fetch, port: 0, hostname: '127.0.0.1' }) as Server
    if (!server.listening) await once(server, 'listening')
    onTestFinished(() => void server.close())
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: data.calls }
  },
  async Nest() {
    const { app, data } = made()
    class Empty {}
    Module({})(Empty)
    const site = await NestFactory.create(Empty, { logger: false })
    await toNest(site, AT, app)
    await site.listen(0, '127.0.0.1')
    onTestFinished(() => site.close())
    return { url: await site.getUrl(), calls: data.calls }
  },
}

describe.each(Object.entries(MOUNTS))('%s', (_, mount) => {
  test('serves pages and their links, forms, JSON and events below its path', async () => {
    const { url, calls } = await mount()
    const overview = await fetch(`${url}${AT}`)
    expect(overview.status).toBe(200)
    const html = await overview.text()
    const link = /href="([^"]*queues)"/.exec(html)![1]!
    const queues = new URL(link, overview.url)
    expect(queues.pathname).toBe(`${AT}/queues`)
    expect((await fetch(queues)).status).toBe(200)
    const style = new URL(/href="([^"]*style[^"]*)"/.exec(html)![1]!, overview.url)
    expect((await fetch(style)).headers.get('content-type')).toContain('text/css')

    const paused = await fetch(`${url}${AT}/queues/a%2Fb/pause`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ reason: 'a & b', back: 'queues' }),
      redirect: 'manual',
    })
    expect([paused.status, paused.headers.get('location')]).toEqual([303, '../../queues?done=queue-pause'])
    const bulk = await fetch(`${url}${AT}/api/v1/bulk`, {
      method: 'POST',
      headers: { 'x-rq-csrf': '1', 'content-type': 'application/json' },
      body: JSON.stringify({ action: 'retry', refs: ['a@q', 'b@q'] }),
    })
    expect([bulk.status, ((await bulk.json()) as any).data.state]).toEqual([200, 'done'])
    expect(calls).toEqual([
      'pause a/b {"reason":"a & b"}',
      'bulk {"action":"retry","selection":{"refs":["a@q","b@q"]}} anonymous',
    ])

    const stop = new AbortController()
    const events = await fetch(`${url}${AT}/live`, { signal: stop.signal })
    expect(events.headers.get('content-type')).toBe('text/event-stream')
    const { value } = await events.body!.getReader().read()
    expect(Buffer.from(value!).toString()).toContain('retry: 3000')
    stop.abort()
  })

  test('leaves what is elsewhere to others', async () => {
    const { url } = await mount()
    expect((await fetch(`${url}/admin/rqx`)).status).toBe(404)
  })
})

test('Next hands on its requests: a route file with [[...path]]', async () => {
  const { app, data } = made()
  const { GET, POST } = toNext(app)
  const at = (path: string) => `http://localhost:3000${AT}${path}`
  const headers = { host: 'localhost:3000', 'sec-fetch-site': 'same-origin' }
  // Version 15 gives a promise, 14 the value.
  const overview = await GET(new Request(at(''), { headers }), { params: Promise.resolve({}) })
  expect((await overview.text()).includes('href="./rq/queues"')).toBe(true)
  const queues = await GET(new Request(at('/queues'), { headers }), { params: { path: ['queues'] } })
  expect(queues.status).toBe(200)
  const paused = await POST(
    new Request(at('/queues/q/pause'), {
      method: 'POST',
      headers,
      body: new URLSearchParams({ reason: 'x' }),
    }),
    { params: Promise.resolve({ path: ['queues', 'q', 'pause'] }) },
  )
  expect(paused.status).toBe(303)
  expect(data.calls).toEqual(['pause q {"reason":"x"}'])
})

test('Next builds route files without the environment: the dashboard is made by the first request, once', async () => {
  let times = 0
  const { app } = made()
  const { GET } = toNext(() => {
    times++
    return app
  })
  expect(times).toBe(0)
  for (let i = 0; i < 2; i++) {
    const url = `http://localhost:3000${AT}`
    const answer = await GET(new Request(url, { headers: { host: 'localhost:3000' } }), { params: {} })
    expect(answer.status).toBe(200)
  }
  expect(times).toBe(1)
})

test('what was under way when it was closed is told so, and nobody is alarmed', async () => {
  const errors: unknown[] = []
  let begun = () => {}
  let goOn = () => {}
  const [begins, goes] = [
    new Promise<void>((resolve) => (begun = resolve)),
    new Promise<void>((resolve) => (goOn = resolve)),
  ]
  const data: Sample = {
    ...sample(),
    async readAudit({ connection }) {
      begun()
      await goes
      return connection.attempt((client) => client.ping()) as never
    },
  }
  const { app, ask } = made({ onError: (error) => errors.push(error) }, data)
  const answer = ask('/audit')
  await begins
  await app.close()
  goOn()
  const { status, headers } = await answer
  expect([status, headers.get('connection'), errors]).toEqual([503, 'close', []])
})

test('once closed it lets go of connections that are kept alive, so that its server can end', async () => {
  const { app } = made()
  const url = await listening(createServer(toNode(app, AT)))
  expect((await fetch(`${url}${AT}/live.json`)).headers.get('connection')).toBe('keep-alive')
  await app.close()
  for (const path of ['', '/live', '/live.json', '/api/v1/queues']) {
    const { status, headers } = await fetch(`${url}${AT}${path}`)
    expect([path, status, headers.get('connection'), headers.get('retry-after')]).toEqual([
      path,
      503,
      'close',
      '5',
    ])
  }
})
