import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { FOREIGN_LIBRARIES, Library } from './library.ts'
import { QUEUE } from './library.ts'

const run = promisify(execFile)
const PYTHONS = ['python3', '/usr/bin/python3']

type ForeignName = (typeof FOREIGN_LIBRARIES)[number]

/** One of another language, and what tells whether an interpreter has it: prints its version. */
interface Foreign extends Omit<Library, 'version' | 'command' | 'abilities' | 'isolations'> {
  readonly bulk: boolean
  readonly program: string
  readonly interpreters: readonly string[]
  readonly printVersion: readonly string[]
  /** The Debian packages that it comes in. */
  readonly packages: string
}

const FOREIGN: Readonly<Record<ForeignName, Foreign>> = {
  rq: {
    title: 'Python RQ',
    program: 'rq_bench.py',
    interpreters: PYTHONS,
    printVersion: ['-c', 'import rq; print(rq.__version__)'],
    packages: 'python3-rq',
    bulk: true,
    share: { enqueue: 0.03, work: 0.001 },
    finishedCount: (redis) => redis.zcard(`rq:finished:${QUEUE}`),
  },
  celery: {
    title: 'Celery',
    program: 'celery_bench.py',
    interpreters: PYTHONS,
    printVersion: ['-c', 'import celery, redis; print(celery.__version__)'],
    packages: 'celery python3-redis',
    bulk: false,
    share: { enqueue: 0.2, work: 0.02 },
    // A result is a key of its own; beside them there are a few of its messages.
    finishedCount: (redis, jobs) => redis.dbsize().then((keys) => Math.min(jobs, Math.max(0, keys - 3))),
  },
  sidekiq: {
    title: 'Sidekiq',
    program: 'sidekiq_bench.rb',
    interpreters: ['ruby'],
    printVersion: ['-e', "require 'sidekiq'; puts Sidekiq::VERSION"],
    packages: 'ruby-sidekiq',
    bulk: true,
    share: { enqueue: 0.3, work: 0.05 },
    // It counts what has ended only every few seconds: what was taken counts, which is ahead by its concurrency at most.
    finishedCount: (redis, jobs) => redis.llen(`queue:${QUEUE}`).then((left) => jobs - left),
  },
}

/** The library as this machine has it, or why it cannot take part. */
export async function findForeign(name: ForeignName): Promise<Library | string> {
  const { interpreters, printVersion, program, packages, bulk, ...library } = FOREIGN[name]
  for (const interpreter of interpreters) {
    try {
      const { stdout } = await run(interpreter, printVersion)
      const path = fileURLToPath(new URL(`../foreign/${program}`, import.meta.url))
      return {
        ...library,
        version: stdout.trim(),
        abilities: bulk ? ['enqueueMany'] : [],
        isolations: ['none'],
        command: [interpreter, path],
      }
    } catch {
      // The next one may have it.
    }
  }
  return `${library.title} is not on this machine (apt-get install ${packages})`
}
