import type { Drawn } from './context.ts'
import { Layout } from './parts/layout.tsx'
import { Notice } from './parts/panel.tsx'
import type { View } from './view.ts'

/** A page as HTML. With `_part` in its query only what stands within the frame, for news of it. */
export async function render(
  v: View,
  { title, section, body, status = 200, refresh }: Drawn,
): Promise<Response> {
  const done = v.query.get('done')
  const word =
    done !== null && Object.hasOwn(v.t.done, done) ? v.t.done[done as keyof typeof v.t.done] : undefined
  const content = (
    <>
      {word && <Notice kind={done === 'unchanged' ? 'warn' : 'good'}>{word}</Notice>}
      {body}
    </>
  )
  const page = v.query.has('_part') ? (
    <main>{content}</main>
  ) : (
    <Layout v={v} title={title} section={section} {...(refresh !== undefined && { refresh })}>
      {content}
    </Layout>
  )
  // A part that waits for something makes a promise of the whole.
  const html = await page.toString()
  return new Response(`<!doctype html>${html}`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', vary: 'cookie, accept-language' },
  })
}
