import { FIELDS } from '../../lib/core/record.ts'
import { CRON_KEYS, GLOBAL_KEYS, GROUP_KEYS, KEYS } from '../../lib/redis/keys.ts'

type Keys = Readonly<Record<string, readonly [type: string, what: string]>>

/** docs/keys.md: what stands in Redis, for whoever looks with redis-cli. */
export function keysReference(): string {
  return [
    '# What is in Redis',
    'Made by `npm run docs` from the tables that the code itself goes by. Reading does no harm; what writes here by itself breaks what the scripts keep true.',
    'Times are milliseconds since 1970, UTC, by the clock of Redis. `funq` is the prefix, and `low` a queue; its name stands in braces, so that all of its keys are in one slot of a Cluster.',
    EXAMPLES,
    '## A queue: `funq:{low}:…`',
    tableOf(KEYS),
    '## A job: `funq:{low}:job:<id>`',
    'A job that waits has three or four fields: what says nothing is absent.',
    table(
      ['field', 'what'],
      Object.entries(FIELDS).map(([name, what]) => [code(name), what]),
    ),
    '## What belongs to no queue: `funq:…`',
    tableOf(GLOBAL_KEYS),
    '## A group: `funq:{:group:<id>}:…`',
    tableOf(GROUP_KEYS),
    '## Cron: `funq:{:cron}:…`',
    tableOf(CRON_KEYS),
  ]
    .join('\n\n')
    .concat('\n')
}

const EXAMPLES = `\`\`\`sh
redis-cli SMEMBERS funq:queues                    # all queues
redis-cli ZRANGE 'funq:{low}:queued' 0 -1         # ids in the order in which they will run
redis-cli HGETALL 'funq:{low}:job:<id>'           # a job
redis-cli ZRANGE funq:workers 0 -1                # all workers
redis-cli HGETALL funq:worker:<name>              # one of them, with how many jobs it has run
redis-cli HGETALL 'funq:{low}:started:<name>'     # what it holds
\`\`\``

function tableOf(keys: Keys): string {
  const rows = Object.entries(keys).map(([key, [type, what]]) => [code(key), type, what])
  return table(['key', 'type', 'what'], rows)
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map((row) => line(row.map(inCell)))].join('\n')
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/(?<!`)<(\w+)>(?!`)/g, '&lt;$1>')
}

function code(text: string): string {
  return `\`${text}\``
}
