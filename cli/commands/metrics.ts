import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { withSession } from '../session.ts'

interface MetricsFlags extends GlobalFlags {
  readonly openmetrics?: true
}

export const metricsCommand: CommandSpec<MetricsFlags> = {
  name: 'metrics',
  purpose: 'Print metrics for Prometheus, once.',
  globals: ['url', 'prefix', 'config', 'timeout', 'quiet', 'verbose', 'no-color'],
  options: [{ title: 'Format', options: [{ flags: '--openmetrics', what: 'as OpenMetrics 1.0 has it' }] }],
  examples: [
    ['rq metrics', 'all of them'],
    ['rq metrics > /var/lib/node_exporter/rq.prom', "for node_exporter's textfile collector"],
    ['rq metrics | grep rq_queue_latency_seconds', 'how long jobs wait'],
  ],
  exitCodes: [[EXIT.done, 'printed'], ...COMMON_EXITS],

  run(_, flags, host) {
    return withSession(flags, host, async ({ store }) => {
      // Of a Redis that is away it would say rq_redis_up 0; whoever asks here is told why.
      await store.queues()
      const { scrape } = await import('../../lib/metrics/scrape.ts')
      const { text } = await scrape(store, flags.openmetrics ? 'application/openmetrics-text' : '')
      host.output.out(text)
      return EXIT.done
    })
  },
}
