import type { AddressInfo } from 'node:net'
import express from 'express'
import { Queue } from 'funq'
import { dashboard, toExpress } from 'funq/dashboard'
import { countWords } from '../hello/tasks.ts'

const q = new Queue('low')
const pages = dashboard() // for this machine only, until it is told who may see it

const app = express()
app.use('/admin/rq', toExpress(pages))
app.post('/count', async (request, response) => {
  const job = await q.enqueue(countWords, String(request.query.url))
  response.json({ id: job.id, words: await job.wait({ timeout: '20s' }) })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`)
})

process.once('SIGTERM', () => {
  console.log('closing')
  void pages.close() // its live pages would keep their connections
  server.close(() => q.close()) // requests first: they may still enqueue, and await
})
