import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { dashboard, toFastify } from 'funq/dashboard'
import { funq } from 'funq/fastify'
import { countWords } from '../hello/tasks.ts'

const app = fastify()
await app.register(funq) // its queues are closed when the requests are answered: they may still enqueue, and await

await app.register(toFastify(dashboard()), { prefix: '/admin/rq' }) // is closed with the app
app.post<{ Querystring: { url: string } }>('/count', async ({ query }) => {
  const job = await app.rq.queue('low').enqueue(countWords, query.url)
  return { id: job.id, words: await job.wait({ timeout: '20s' }) }
})

await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
console.log(`listening on ${(app.server.address() as AddressInfo).port}`)

process.once('SIGTERM', () => {
  console.log('closing')
  void app.close()
})
