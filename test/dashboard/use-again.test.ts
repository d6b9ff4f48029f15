import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { made } from './kit.ts'
import { sample } from './sample.ts'

/** The texts that the page of a job offers to be copied: code, command, look. */
async function copies(options: Parameters<typeof sample>[0], id = 'job-5'): Promise<string[]> {
  const { ask } = made({ reveal: true }, sample(options))
  const { text } = await ask(`/jobs/${encodeURIComponent(id)}?queue=mail&reveal=1`)
  const panel = text.slice(text.indexOf('Copy the call'))
  return [...panel.matchAll(/<pre class="code" data-copy[^>]*><bdi>(.*?)<\/bdi>/gs)].map(([, code]) =>
    code!
      .replace(/&#(\d+);/g, (_, n) => String.fromCharCode(Number(n)))
      .replaceAll('&quot;', '"')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  )
}

/** The words that a shell makes of a command. */
function words(command: string): string[] {
  const script = `rq() { for word in "$@"; do printf '%s\\0' "$word"; done; }; ${command}`
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
}

test('the call of a job can be copied as code and as a command', async () => {
  const [code, command, look] = await copies({ args: '[42,{"to":"ann"}]' })
  expect(code).toBe(
    `import { Queue } from 'funq'\n\nconst queue = new Queue("mail")\nawait queue.enqueue("./tasks/mail#send", 42, {"to":"ann"})`,
  )
  expect(words(command!)).toEqual(['enqueue', '--queue', 'mail', './tasks/mail#send', ':42', ':{"to":"ann"}'])
  expect(words(look!)).toEqual(['job', 'show', 'job-5'])
})

test.each([`'; touch /tmp/x; '`, '$(id) `id` "x" \\', "it's", '-rf', 'a\nb', '!! * ? ~'])(
  'what a job holds is one word of the command: %s',
  async (evil) => {
    const args = JSON.stringify([evil])
    const [, command, look] = await copies(
      { args, text: (field, plain) => (field === 'func' ? `./x#${evil}` : plain) },
      "it's $(id)",
    )
    expect(words(command!).slice(3)).toEqual([`./x#${evil}`, `:${JSON.stringify(evil)}`])
    expect(words(look!)).toEqual(['job', 'show', "it's $(id)"])
  },
)

test('what is hidden on the page is hidden there', async () => {
  const { ask } = made()
  const { text } = await ask('/jobs/job-5?queue=mail')
  expect(text).toContain('Secrets are hidden here, too')
  expect(text).not.toContain('hunter2')
})

test.each(['S{"json":[1],"meta":{}}', '[1,2', ''])(
  'arguments that JSON does not say are not offered: %s',
  async (args) => {
    expect((await copies({ args })).at(-1)).toBe('rq job show job-5')
    expect((await copies({ args })).length).toBe(1)
  },
)
