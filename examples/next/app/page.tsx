import { redirect } from 'next/navigation'
import { COUNT_WORDS, low } from '../queue.ts'

/** A form whose words are counted by a worker; it works without JavaScript. */
export default async function Page({ searchParams }: { searchParams: Promise<{ job?: string }> }) {
  const { job: id } = await searchParams
  const job = id === undefined ? undefined : await low().fetchJob(id)
  return (
    <main>
      <form action={count}>
        <textarea name="text" aria-label="Text" required />
        <button type="submit">Count</button>
      </form>
      {job && <output>{String(await job.wait({ timeout: '20s' }))} words</output>}
    </main>
  )
}

async function count(form: FormData): Promise<void> {
  'use server'
  const job = await low().enqueue(COUNT_WORDS, String(form.get('text')))
  redirect(`/?job=${job.id}`)
}
