import { writeExactly } from '../../core/exact-json.ts'
import { href, segment, type View } from '../view.ts'
import { Panel } from './panel.tsx'
import type { Decoded } from './payload.tsx'
import { Foreign } from './text.tsx'

/** The call of a job to be written elsewhere: as code, as a command, as JSON. What is hidden on the page is hidden here. */
export function UseAgain({
  v,
  job: { id, queue, func },
  args,
}: {
  v: View
  job: { readonly id: string; readonly queue: string; readonly func: string }
  args: Decoded
}) {
  const { t } = v
  const list = callable(args)
  const code = list && codeOf(queue, func, list)
  const command = list && commandOf(queue, func, list)
  return (
    <Panel
      title={t.job.copyAs}
      more={<a href={href(v, `api/v1/jobs/${segment(id)}`, { queue })}>{t.job.asJson}</a>}
    >
      <div class="stack">
        {args.isRedacted && <p class="muted">{t.job.copyRedacted}</p>}
        {code && <Copy label={t.job.asCode} text={code} />}
        {command && <Copy label={t.job.asCommand} text={command} />}
        <Copy label={t.job.lookCommand} text={`rq job show ${quoted(id)}`} />
      </div>
    </Panel>
  )
}

function Copy({ label, text }: { label: string; text: string }) {
  return (
    <div class="stack">
      <h3>{label}</h3>
      <pre class="code" data-copy>
        <Foreign text={text} />
      </pre>
    </div>
  )
}

/** More is not pasted into a shell. */
const LONGEST = 4_000

/** The arguments where JSON says all of them, and they are not too long: each as its text. */
function callable({ isJson, isRich, value, text }: Decoded): string[] | undefined {
  if (!isJson || isRich || text.length > LONGEST || !Array.isArray(value)) return undefined
  return value.map((each) => writeExactly(each))
}

function codeOf(queue: string, func: string, args: readonly string[]): string {
  const call = [JSON.stringify(func), ...args].join(', ')
  return `import { Queue } from 'funq'\n\nconst queue = new Queue(${JSON.stringify(queue)})\nawait queue.enqueue(${call})`
}

function commandOf(queue: string, func: string, args: readonly string[]): string {
  const words = [func, ...args.map((each) => `:${each}`)].map(quoted)
  return ['rq enqueue --queue', quoted(queue), ...(func.startsWith('-') ? ['--'] : []), ...words].join(' ')
}

/** A word of a shell: between single quotes nothing means anything, but for the quote itself. */
export function quoted(word: string): string {
  return /^[\w./#@:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
