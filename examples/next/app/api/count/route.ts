import { low } from '../../../queue.ts'

/** By its path, for the bundle of a route is not what a worker loads. */
const COUNT_WORDS = './examples/hello/tasks#countWords'

export async function POST(request: Request): Promise<Response> {
  const url = new URL(request.url).searchParams.get('url')
  const job = await low().enqueue(COUNT_WORDS, url)
  return Response.json({ id: job.id, words: await job.wait({ timeout: '20s' }) })
}
