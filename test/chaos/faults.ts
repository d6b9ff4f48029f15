import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { DEFAULTS } from '../../lib/core/options.ts'
import type { Queue } from '../../lib/index.ts'
import type { RedisServer } from '../../lib/testing/index.ts'
import type { FaultProxy } from '../kit/fault-proxy.ts'
import type { Random } from './random.ts'
import type { WorkerPlace } from './workers.ts'

export interface Arena {
  readonly server: RedisServer
  readonly links: readonly FaultProxy[]
  readonly workers: readonly WorkerPlace[]
  readonly queues: readonly Queue[]
}

/** How often each fault strikes, beside the others. */
export const WEIGHTS = {
  killWorker: 5,
  killHorse: 8,
  stopWorker: 3,
  pauseWorker: 3,
  killRedis: 1.5,
  flushScripts: 1,
  cutClients: 1,
  cut: 4,
  blackhole: 2,
  refuse: 2,
  delay: 3,
  dropReplies: 8,
  pauseQueue: 2,
} as const

export type Fault = keyof typeof WEIGHTS

/** A work-horse that was killed: when, in ms since 1970, and the process of its worker. */
export interface HorseKill {
  readonly at: number
  readonly workerPid: number
}

/** What may have cost workers their leases, in ms since 1970: one process, all behind a link, or, with neither, all. */
export interface Strike {
  readonly from: number
  readonly to: number
  readonly pid?: number
  readonly url?: string
}

/** A call whose reply was dropped waits so long for it, half its time, before it is sent again. */
const REPLY_MS = DEFAULTS.commandTimeoutMs / 2
/** A connection that was cut is there again by then. */
const RECONNECTED_MS = 1_000

/** Strikes at random until it is told to end; then nothing that it did is left. */
export class Killer {
  /** Those that met something to strike. */
  readonly counts: Partial<Record<Fault, number>> = {}
  readonly horseKills: HorseKill[] = []
  readonly strikes: Strike[] = []
  readonly #arena: Arena
  readonly #random: Random
  readonly #log: (line: string) => void
  /** Those that end by themselves after a while. */
  readonly #underWay = new Set<Promise<void>>()
  #redisAway: Promise<void> | undefined

  constructor(arena: Arena, random: Random, log: (line: string) => void) {
    this.#arena = arena
    this.#random = random
    this.#log = log
  }

  async run(gapMs: number, ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      await pause(this.#random.between(0.2, 1.8) * gapMs)
      const fault = this.#random.weighted(WEIGHTS)
      const going = this.#strike(fault)
      this.#underWay.add(going)
      void going.finally(() => this.#underWay.delete(going))
    }
    await Promise.all(this.#underWay)
    for (const link of this.#arena.links) {
      link.delay(0)
      await link.heal()
    }
    for (const worker of this.#arena.workers) worker.go()
  }

  #note(ms: number, whom: { readonly pid?: number; readonly url?: string } = {}): void {
    const from = Date.now()
    this.strikes.push({ from, to: from + ms, ...whom })
  }

  async #strike(fault: Fault): Promise<void> {
    const random = this.#random
    const { workers, links, server, queues } = this.#arena
    const worker = random.pick(workers)
    const link = random.pick(links)
    const say = (what: string) => {
      this.counts[fault] = (this.counts[fault] ?? 0) + 1
      this.#log(`${fault} ${what}`)
    }
    // Drawn for every fault alike, so that what comes later does not depend on what was there to be struck.
    const share = random.next()
    switch (fault) {
      case 'killWorker':
        say(`${worker.spec.label} ${worker.pid}`)
        worker.kill()
        return
      case 'killHorse': {
        const horses = workers.flatMap((one) => one.horses().map((pid) => ({ one, pid })))
        const horse = horses[Math.floor(share * horses.length)]
        const workerPid = horse?.one.pid
        if (horse === undefined || workerPid === undefined) return
        say(`${horse.one.spec.label} ${horse.pid}`)
        if (horse.one.killHorse(horse.pid)) this.horseKills.push({ at: Date.now(), workerPid })
        return
      }
      case 'stopWorker':
        if (worker.isStopping) return
        say(`${worker.spec.label} ${worker.pid}`)
        await worker.stop()
        return
      case 'pauseWorker':
        if (worker.isPaused) return
        say(`${worker.spec.label} ${worker.pid} for ${Math.round(share * 6_000)} ms`)
        if (worker.pid !== undefined) this.#note(share * 6_000, { pid: worker.pid })
        worker.pause()
        await pause(share * 6_000)
        worker.go()
        return
      case 'killRedis':
        this.#redisAway ??= this.#restart(share * 2_000, say).finally(() => {
          this.#redisAway = undefined
        })
        await this.#redisAway
        return
      case 'flushScripts':
        say('')
        await directly(server, (redis) => redis.script('FLUSH'))
        return
      case 'cutClients':
        say('')
        this.#note(RECONNECTED_MS)
        await directly(server, (redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'NORMAL'))
        return
      case 'cut':
        say(`link ${links.indexOf(link)}`)
        this.#note(RECONNECTED_MS, { url: link.url })
        link.cut()
        return
      case 'blackhole':
        say(`link ${links.indexOf(link)} for ${Math.round(share * 5_000)} ms`)
        this.#note(share * 5_000 + REPLY_MS, { url: link.url })
        link.blackhole()
        await pause(share * 5_000)
        await link.heal()
        return
      case 'refuse':
        say(`link ${links.indexOf(link)} for ${Math.round(share * 2_000)} ms`)
        this.#note(share * 2_000 + RECONNECTED_MS, { url: link.url })
        await link.refuse()
        await pause(share * 2_000)
        await link.heal()
        return
      case 'delay':
        say(`link ${links.indexOf(link)} by ${Math.round(share * 300)} ms`)
        this.#note(2_000, { url: link.url })
        link.delay(share * 300)
        await pause(2_000)
        link.delay(0)
        return
      case 'dropReplies':
        say(`link ${links.indexOf(link)}`)
        this.#note(REPLY_MS, { url: link.url })
        for (let n = 0; n < 3; n++) void link.dropReply((sent) => /evalsha/i.test(sent))
        return
      case 'pauseQueue': {
        const queue = queues[Math.floor(share * queues.length)]!
        say(queue.name)
        // By its time alone: a resume might not come through.
        await queue.pause({ for: '2s' }).catch(() => {})
        return
      }
    }
  }

  async #restart(awayMs: number, say: (what: string) => void): Promise<void> {
    say(`for ${Math.round(awayMs)} ms`)
    const { server } = this.#arena
    const from = Date.now()
    await server.kill()
    await pause(awayMs)
    await server.restart()
    this.strikes.push({ from, to: Date.now() + RECONNECTED_MS })
  }
}

/** Past the proxies. That the server is away just then is as good as the fault. */
async function directly(server: RedisServer, send: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis({ path: server.socketPath, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  redis.on('error', () => {})
  await send(redis).catch(() => {})
  redis.disconnect()
}
