import { Redis } from 'ioredis'
import { type NodeLibrary, PAYLOAD, QUEUE } from './library.ts'
import { TASKS } from './tasks.ts'
import { packageVersion } from './version.ts'

// The barest life of a job by the same client: pushed onto a list with its payload; popped under a lease, a hundred a call; run; its
// result stored with a time to live in the call that pops the next. No states, no order but that of the list, no retries, nobody
// told, nothing to be found again. It is no queue: it shows what is left when all that makes one is taken away.

const LEASED = `${QUEUE}:leased`
const DONE = `${QUEUE}:done`
const BATCH = 100
const TURN = `
for i = 2, #ARGV, 2 do
  redis.call('SET', KEYS[2] .. ARGV[i], ARGV[i + 1], 'PX', 500000)
  redis.call('HDEL', KEYS[2], ARGV[i])
end
redis.call('INCRBY', KEYS[3], (#ARGV - 1) / 2)
local jobs = redis.call('LPOP', KEYS[1], ARGV[1])
if not jobs then return {} end
local leases = {}
for _, job in ipairs(jobs) do
  leases[#leases + 1] = string.match(job, '^%x+')
  leases[#leases + 1] = job
end
redis.call('HSET', KEYS[2], unpack(leases))
return jobs`

interface BareClient extends Redis {
  turn(queue: string, leased: string, done: string, ...args: (string | number)[]): Promise<string[]>
}

let made = 0

/** An id of the length of a UUID, from a counter: making a random one is no part of what is measured here. */
function newJob(): string {
  return `${(++made).toString(16).padStart(32, '0')} ${JSON.stringify(PAYLOAD)}`
}

const produce: NodeLibrary['produce'] = async (endpoint) => {
  const redis = new Redis(endpoint)
  await redis.ping()
  return {
    enqueue: () => redis.rpush(QUEUE, newJob()),
    enqueueMany: (count) => redis.rpush(QUEUE, ...Array.from({ length: count }, newJob)),
    close: () => redis.quit(),
  }
}

/**
 * Two turns on the wire, so that server and client work at the same time. No-op jobs are popped in the batch that is
 * fastest, whatever the concurrency; with those that wait, no more run at once than it allows.
 */
const work: NodeLibrary['work'] = async (endpoint, { task, concurrency }) => {
  const redis = new Redis(endpoint) as BareClient
  redis.defineCommand('turn', { numberOfKeys: 3, lua: TURN })
  const batch = task === 'noop' ? BATCH : Math.ceil(concurrency / 2)
  let stopping = false
  const lane = async () => {
    let ended: string[] = []
    while (!stopping) {
      const jobs = await redis.turn(QUEUE, LEASED, DONE, batch, ...ended)
      if (jobs.length === 0 && ended.length === 0) return
      ended = (await Promise.all(jobs.map((job) => run(job, TASKS[task])))).flat()
    }
  }
  const lanes = Promise.all([lane(), lane()])
  return {
    async stop() {
      stopping = true
      await lanes
      await redis.quit()
    },
  }
}

async function run(job: string, task: (payload: unknown) => Promise<unknown>): Promise<[string, string]> {
  const space = job.indexOf(' ')
  const result = await task(JSON.parse(job.slice(space)))
  return [job.slice(0, space), JSON.stringify(result)]
}

export const bare: NodeLibrary = {
  title: 'barest lifecycle',
  version: packageVersion('ioredis'),
  abilities: ['enqueueMany'],
  isolations: ['none'],
  share: { enqueue: 1, work: 1 },
  produce,
  work,
  async finishedCount(redis) {
    return Number(await redis.get(DONE))
  },
}
