import { Denied, ReadOnly } from '../refusals.ts'
import { type Action, type Authorize, isRead, type Resource, type User } from './actions.ts'

/** What one request's user may do. Each question is asked once. */
export class Access {
  readonly user: User
  readonly isReadOnly: boolean
  readonly #authorize: Authorize
  readonly #answers = new Map<string, Promise<boolean>>()

  constructor(user: User, authorize: Authorize, isReadOnly: boolean) {
    this.user = user
    this.isReadOnly = isReadOnly
    this.#authorize = authorize
  }

  can(action: Action, resource: Resource = {}): Promise<boolean> {
    if (this.isReadOnly && !isRead(action)) return Promise.resolve(false)
    const key = JSON.stringify([action, resource.queue, resource.job, resource.worker, resource.cron])
    let answer = this.#answers.get(key)
    if (answer === undefined) {
      answer = Promise.resolve(this.#authorize(this.user, action, resource)).then(
        (allowed) => allowed === true,
      )
      this.#answers.set(key, answer)
    }
    return answer
  }

  /** @throws Denied, ReadOnly */
  async need(action: Action, resource: Resource = {}): Promise<void> {
    if (this.isReadOnly && !isRead(action)) throw new ReadOnly()
    if (!(await this.can(action, resource))) throw new Denied(action)
  }

  /** Of these actions, those that are allowed on a resource. */
  async allowed<A extends Action>(actions: readonly A[], resource: Resource = {}): Promise<ReadonlySet<A>> {
    const answers = await Promise.all(actions.map((action) => this.can(action, resource)))
    return new Set(actions.filter((_, i) => answers[i]))
  }

  /** Of these queues, those that may be seen. The others are as good as not there. */
  async visible<Q extends string>(queues: readonly Q[]): Promise<Q[]> {
    const answers = await Promise.all(queues.map((queue) => this.can('queue:view', { queue })))
    return queues.filter((_, i) => answers[i])
  }
}
