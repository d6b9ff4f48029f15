/** Jobs have failed for good since the last look, for one cause. */
export interface DeadAlert {
  readonly type: 'dead'
  /** What the cause is called: `rq failed ls --error <fingerprint>`. */
  readonly fingerprint: string
  /** The error's name, and the message of its first job. */
  readonly name: string
  readonly message: string
  /** How many. */
  readonly jobs: number
  readonly queues: readonly string[]
  /** `path#export`. */
  readonly functions: readonly string[]
  /** The job that failed last, `<id>@<queue>`. */
  readonly sample: string
  readonly at: Date
}

/** A cause that no failed job had before. */
export interface GroupNewAlert extends Omit<DeadAlert, 'type'> {
  readonly type: 'groupNew'
}

/** The job that is next in a queue has waited too long; told once, until it has moved on. */
export interface QueueStalledAlert {
  readonly type: 'queueStalled'
  readonly queue: string
  /** For how long that job has waited, in milliseconds. */
  readonly waitedMs: number
  /** Jobs that wait. */
  readonly jobs: number
  readonly at: Date
}

/** Whatever `watchAlerts` tells of; its `type` says which. */
export type Alert = DeadAlert | GroupNewAlert | QueueStalledAlert
