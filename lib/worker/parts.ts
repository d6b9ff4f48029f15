import { DEFAULTS } from '../core/options.ts'
import { Signer } from '../core/signature.ts'
import { DEFAULT_PREFIX } from '../queue/open-store.ts'
import { Connection } from '../redis/connection.ts'
import { RedisCronStore } from '../redis/cron-store.ts'
import { Doorbell } from '../redis/doorbell.ts'
import { packPlace } from '../redis/portable-spec.ts'
import { RedisStore } from '../redis/store.ts'
import { Suspension } from '../redis/suspension.ts'
import { toTarget } from '../redis/target.ts'
import { turnsOf } from '../redis/turns.ts'
import { WorkerRegistry } from '../redis/worker-registry.ts'
import { Announcer } from './announcer.ts'
import { CronTicker } from './cron-ticker.ts'
import { Executor } from './executor.ts'
import { type Condition, workerFacts } from './facts.ts'
import { Fetcher } from './fetcher.ts'
import { Halt } from './halt.ts'
import { Heartbeat } from './heartbeat.ts'
import { Maintainer } from './maintainer.ts'
import { Meter } from './meter.ts'
import type { CheckedWorkerOptions, WorkerOptions } from './options.ts'
import { ProbeServer } from './probe-server.ts'
import { QueueOrder } from './queue-order.ts'
import { QueueSet } from './queue-set.ts'
import { QueueWatch } from './queue-watch.ts'
import { Quota } from './quota.ts'
import { type Readiness, readinessOf } from './readiness.ts'
import { Title, type TitleFacts } from './title.ts'

/** What the parts ask of the worker that they make up. */
export interface Links {
  readonly handlers: () => readonly string[]
  readonly condition: () => Condition & TitleFacts
  readonly readiness: () => Readiness
  /** What the worker knows of its queues may be old. */
  readonly onChange: () => void
  readonly onFatal: (error: Error) => void
}

export type Parts = ReturnType<typeof makeParts>

/** The parts of a worker, made and tied to each other; none of them has begun. */
export function makeParts(
  checked: CheckedWorkerOptions,
  options: Pick<WorkerOptions, 'connection' | 'prefix' | 'secret'>,
  links: Links,
) {
  const { name, logger, titlePrefix } = checked
  const queues = new QueueSet(checked.queues)
  const prefix = options.prefix ?? DEFAULT_PREFIX
  const connection = new Connection(toTarget(options.connection))
  const signer = options.secret === undefined ? undefined : new Signer(options.secret, prefix)
  const store = new RedisStore(connection, prefix, checked.leaseMs, { signer })
  const doorbell = new Doorbell(connection, prefix, queues.names)
  const announcer = new Announcer(name, logger, checked.logDescriptions)
  const executor = new Executor({
    ...checked,
    worker: name,
    store,
    announcer,
    handlers: links.handlers,
    rules: checked,
    onFork: (isFirst) => announcer.forks(isFirst),
    onGrown: (mb) =>
      logger.info(
        `Work-horse replaced: it has grown by ${mb} MiB, and may by the ${checked.maxMemoryMb} of its maxMemoryMb`,
      ),
    roots: checked.paths,
    place: packPlace(options),
    title: titlePrefix === undefined ? undefined : { prefix: titlePrefix, queues: queues.wanted },
    onChange: () => fetcher.onChange(),
    onFatal: links.onFatal,
  })
  const registry = new WorkerRegistry(connection, prefix)
  const heartbeat = new Heartbeat({
    worker: name,
    queues,
    store,
    registry,
    suspension: new Suspension(store),
    leaseMs: checked.leaseMs,
    everyMs: checked.heartbeatMs,
    executor,
    onSuspended: (is) => announcer.rests('suspended', is),
    facts: () => workerFacts(checked, executor, links.condition()),
    log: logger,
  })
  const takeTurn = turnsOf(connection, name)
  const maintainer = new Maintainer({
    store,
    queues,
    registry,
    takeTurn,
    leaseMs: checked.leaseMs,
    log: logger,
    everyMs: checked.maintenanceMs,
  })
  const meter = new Meter(name, store, logger, DEFAULTS.metricsMs)
  executor.tally.meter = meter
  const cron = new CronTicker(store, new RedisCronStore(connection, prefix), logger, takeTurn)
  const probes = new ProbeServer(checked.probes, logger, {
    ready: async () => readinessOf([links.readiness()]),
    metrics: async (accept) => (await import('../metrics/scrape.ts')).scrape(store, accept),
  })
  const order = new QueueOrder(queues.names, checked.dequeueStrategy, undefined, (queue) =>
    queues.weightOf(queue),
  )
  const queueWatch = new QueueWatch({
    queues,
    store,
    worker: name,
    order,
    executor,
    doorbell,
    onChange: links.onChange,
  })
  const fetcher = new Fetcher({
    ...checked,
    worker: name,
    order,
    findQueues: () => queueWatch.runOnce(),
    quota: new Quota(checked, executor),
    store,
    executor,
    doorbell,
    onTurn: (isIdle) => announcer.turn(isIdle, executor.tally.attempts),
    heartbeat,
    log: logger,
  })
  const halt = new Halt({ executor, fetcher, termMs: checked.termMs })
  const title = titlePrefix === undefined ? undefined : new Title(titlePrefix, links.condition)
  return {
    queues,
    prefix,
    connection,
    store,
    doorbell,
    announcer,
    executor,
    heartbeat,
    maintainer,
    meter,
    cron,
    probes,
    queueWatch,
    fetcher,
    halt,
    title,
  }
}
