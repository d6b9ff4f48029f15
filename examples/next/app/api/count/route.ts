import { COUNT_WORDS, low } from '../../../queue.ts'

export async function POST(request: Request): Promise<Response> {
  const job = await low().enqueue(COUNT_WORDS, await request.text())
  return Response.json({ id: job.id, words: await job.wait({ timeout: '20s' }) })
}
