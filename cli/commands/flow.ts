import type { Flow, FlowNode } from '../../lib/dashboard/data/types.ts'
import { cleanText } from '../clean-text.ts'
import type { CommandGroup, CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, NotFoundError, UsageError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'
import { type Column, table } from '../table.ts'
import { terminalOf } from '../terminal.ts'
import { plural } from '../words.ts'

interface FlowFlags extends GlobalFlags {
  readonly queue?: string
  readonly group?: true
}

const COLUMNS: readonly Column[] = [
  { head: 'job', shrink: true },
  { head: 'state' },
  { head: 'ran', right: true },
  { head: 'id' },
  { head: 'queue' },
  { head: 'waits for', shrink: true },
]

const showCommand: CommandSpec<FlowFlags> = {
  name: 'show',
  purpose: 'Show the jobs that depend on each other around one of them, or those of a group.',
  argument: { term: '<id>', what: 'id of a job, or of a group' },
  options: [
    {
      title: 'Which',
      options: [
        { flags: '--queue <queue>', what: 'the queue of the job, where several have one of this id' },
        { flags: '--group', what: 'it is the id of a group', conflicts: ['queue'] },
      ],
    },
  ],
  examples: [
    ['rq flow show publish-7', 'what it waits for, and what waits for it'],
    ['rq flow show --group import-2026', 'the jobs of a group'],
    [
      'rq flow show publish-7 --json | jq -r \'.data.nodes[] | select(.state == "failed").id\'',
      'what failed',
    ],
  ],
  exitCodes: [[EXIT.done, 'shown'], [EXIT.notFound, 'no such job or group'], ...COMMON_EXITS],

  async run([id, ...more], flags, host) {
    if (id === undefined || more.length > 0) throw new UsageError('expected one id')
    await withSession(flags, host, async ({ store }) => {
      const { readFlow } = await import('../../lib/dashboard/data/flow.ts')
      const queue = flags.group ? undefined : (flags.queue ?? (await store.find(id)))
      const flow = await readFlow(store, flags.group ? { group: id } : { job: id, ...(queue && { queue }) })
      if (flow === undefined)
        throw new NotFoundError(
          `there is no ${flags.group ? 'group' : 'job'} ${id}`,
          flags.group ? undefined : 'A group is shown by --group.',
        )
      reply(host, flags, {
        schema: 'rq.flow.show/1',
        data: flow,
        warnings: flow.isCut ? ['there are more jobs than are shown here'] : [],
        text: () =>
          `${table(
            COLUMNS,
            flow.nodes.map((node) => rowOf(node, flow)),
            terminalOf(host),
          )}${sums(flow)}\n`,
      })
    })
    return EXIT.done
  },
}

/** Indented by how far it is from where the flow begins. */
function rowOf(
  { depth, func, preview, state, ranMs, id, queue, blockedBy, isCritical }: FlowNode,
  { nodes }: Flow,
) {
  const ids = new Map(nodes.map((node) => [node.ref, node.id]))
  const ran = ranMs === null ? '' : `${(ranMs / 1000).toFixed(2)} s${isCritical ? ' *' : ''}`
  const call = cleanText(`${'  '.repeat(Math.min(depth, 20))}${preview || func || '-'}`)
  return [call, state, ran, id, queue, blockedBy.map((ref) => ids.get(ref) ?? ref).join(', ')]
}

function sums({ nodes, group, criticalMs }: Flow): string {
  const ended = group ? `, ${group.ended} of ${group.total} ended` : ''
  const longest = criticalMs > 0 ? `; * the longest chain took ${(criticalMs / 1000).toFixed(2)} s` : ''
  return `${plural(nodes.length, 'job')}${ended}${longest}`
}

export const flowCommands: CommandGroup = {
  name: 'flow',
  purpose: 'Look at jobs that depend on each other.',
  commands: [{ name: 'show', purpose: 'Show who waits for whom.', load: async () => showCommand }],
}
