import type { StepStore } from '../core/steps.ts'
import type { ClaimRef } from '../core/store.ts'
import type { Connection } from './connection.ts'
import { queueBase } from './keys.ts'

type Kept = [stands: 0 | 1, dueIn: number]

/** The hashes `steps:<id>`: see lua/keep.lua. */
export class RedisSteps implements StepStore {
  readonly #connection: Connection
  readonly #prefix: string

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  async keep(queue: string, claim: ClaimRef, name: string, payload: string): Promise<boolean> {
    const [stands] = await this.#run(queue, claim, name, payload, '')
    return stands === 1
  }

  async sleep(queue: string, claim: ClaimRef, name: string, ms: number): Promise<number | undefined> {
    const [stands, dueIn] = await this.#run(queue, claim, name, '', ms)
    return stands === 1 ? dueIn : undefined
  }

  kept(queue: string, id: string): Promise<Record<string, string>> {
    const key = `${queueBase(this.#prefix, queue)}steps:${id}`
    return this.#connection.attempt((client) => client.hgetall(key))
  }

  #run(
    queue: string,
    { worker, id, token }: ClaimRef,
    name: string,
    payload: string,
    ms: number | '',
  ): Promise<Kept> {
    const args = [worker, id, token, name, payload, ms]
    return this.#connection.run('keep', queueBase(this.#prefix, queue), args)
  }
}
