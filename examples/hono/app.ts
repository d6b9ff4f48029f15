import { serve } from '@hono/node-server'
import { Queue } from 'funq'
import { dashboard, toHono } from 'funq/dashboard'
import { Hono } from 'hono'
import { countWords } from '../hello/tasks.ts'

const q = new Queue('low')
const pages = dashboard() // for this machine only, until it is told who may see it

const app = new Hono()
app.route('/admin/rq', toHono(pages))
app.post('/count', async (c) => {
  const job = await q.enqueue(countWords, c.req.query('url') ?? '')
  return c.json({ id: job.id, words: await job.wait({ timeout: '20s' }) })
})

const port = Number(process.env.PORT ?? 3000)
const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => {
  console.log(`listening on ${address.port}`)
})

process.once('SIGTERM', () => {
  console.log('closing')
  void pages.close() // its live pages would keep their connections
  server.close(() => void q.close()) // requests first: they may still enqueue, and await
})
