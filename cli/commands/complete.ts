import { cleanText } from '../clean-text.ts'
import type { CommandGroup, CommandSpec } from '../command.ts'
import { candidates, type Names } from '../completion/candidates.ts'
import { EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import type { Host } from '../host.ts'
import { withSession } from '../session.ts'

/** Whoever presses Tab waits for it. */
const LONGEST_MS = 300

/** What shells ask, see completion/scripts.ts. @param root gives the whole tree, of which this command is a part */
export function completeCommand(root: () => CommandGroup): CommandSpec {
  return {
    name: '__complete',
    purpose: 'Print the words that may stand in place of the last one, a line each with what they do.',
    argument: { term: '[words...]', what: 'the command line so far, after --' },
    options: [],
    globals: [],
    examples: [['rq __complete -- job sh', 'show']],
    exitCodes: [[EXIT.done, 'always: a prompt is no place for errors']],

    async run(words, _, host) {
      const found = await candidates(root(), words, namesFor(words, host)).catch(() => [])
      for (const { word, what } of found) host.output.out(`${cleanText(word)}\t${cleanText(what)}\n`)
      return EXIT.done
    },
  }
}

/** From the Redis that the command line names so far; nothing where it does not answer at once. */
function namesFor(words: readonly string[], host: Host): Names {
  const flags: GlobalFlags = { timeout: `${LONGEST_MS}ms`, ...placeOf(words) }
  const ask = async (
    work: (session: Parameters<Parameters<typeof withSession>[2]>[0]) => Promise<string[]>,
  ) => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string[]>((resolve) => {
      timer = setTimeout(() => resolve([]), LONGEST_MS)
    })
    const asked = withSession(flags, host, work).catch(() => [])
    return Promise.race([asked, late]).finally(() => clearTimeout(timer))
  }
  return {
    queues: () => ask(({ store }) => store.queues()),
    functions: () =>
      ask(async ({ store }) => {
        const { readFunctionNames } = await import('../../lib/redis/metrics.ts')
        return [...new Set((await readFunctionNames(store, await store.queues())).flat())].sort()
      }),
  }
}

function placeOf(words: readonly string[]): GlobalFlags {
  const after = (...flags: string[]) => {
    const at = words.findIndex((word) => flags.includes(word))
    return at < 0 ? undefined : words[at + 1]
  }
  const [url, prefix, config] = [after('-u', '--url'), after('--prefix'), after('--config')]
  return { ...(url && { url }), ...(prefix && { prefix }), ...(config && { config }) }
}
