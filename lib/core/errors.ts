/**
 * Every error that funq throws. Each has a literal `name` and `code`, its facts as fields, and a message that
 * says what was expected, what came, and what to do.
 */
export abstract class FunqError extends Error {
  abstract readonly code: string
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
  }
}

/** An option, name, duration or argument that cannot be used; nothing was written. */
export class InvalidArgumentError extends FunqError {
  readonly code = 'INVALID_ARGUMENT'
}

/** A function that cannot be named for a worker: anonymous, bound, built in, not exported, or in the entry module. */
export class UnnamableFunctionError extends FunqError {
  readonly code = 'UNNAMABLE_FUNCTION'
}

/** A value that cannot travel as data. `path` says where it stands, as in `args[0].callback`. */
export class SerializationError extends FunqError {
  readonly code = 'SERIALIZATION'
  readonly path: string
  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** Arguments or a result over the size limit. `bytes` came, `limit` is allowed. */
export class PayloadTooLargeError extends FunqError {
  readonly code = 'PAYLOAD_TOO_LARGE'
  readonly bytes: number
  readonly limit: number
  constructor(message: string, bytes: number, limit: number) {
    super(message)
    this.bytes = bytes
    this.limit = limit
  }
}

/** A job that cannot run at all: its module, export or payload is missing or damaged. It is not retried. */
export class InvalidJobError extends FunqError {
  readonly code = 'INVALID_JOB'
  /** Whether it holds for this deployment only: it lacks the module or the export, and another one may have it. */
  readonly isUnknown: boolean
  /** Whether this process would meet it again, whatever is mended: Node keeps what loading a module came to. */
  readonly isStuck: boolean
  constructor(
    message: string,
    {
      isUnknown = false,
      isStuck = false,
      ...options
    }: ErrorOptions & { isUnknown?: boolean; isStuck?: boolean } = {},
  ) {
    super(message, options)
    this.isUnknown = isUnknown
    this.isStuck = isStuck
  }
}

/** An argument is a record that is gone, or of a type that is not registered where the job runs. It is not retried. */
export class RecordNotFoundError extends FunqError {
  readonly code = 'RECORD_NOT_FOUND'
  readonly type: string
  readonly recordId: string | number
  /** Whether its jobs are to be dropped without a failure. */
  readonly discard: boolean
  constructor(message: string, type: string, recordId: string | number, discard: boolean) {
    super(message)
    this.type = type
    this.recordId = recordId
    this.discard = discard
  }
}

/** A job that was not signed with a secret that this worker knows. It does not run, and is not retried. */
export class SignatureError extends FunqError {
  readonly code = 'SIGNATURE'
  readonly jobId: string
  constructor(message: string, jobId: string) {
    super(message)
    this.jobId = jobId
  }
}

/** An id that names no job: never enqueued, deleted, or its time to live is over. */
export class JobNotFoundError extends FunqError {
  readonly code = 'JOB_NOT_FOUND'
  readonly jobId: string
  constructor(message: string, jobId: string) {
    super(message)
    this.jobId = jobId
  }
}

/** A name that no cron entry has. */
export class CronNotFoundError extends FunqError {
  readonly code = 'CRON_NOT_FOUND'
  readonly entry: string
  constructor(message: string, entry: string) {
    super(message)
    this.entry = entry
  }
}

/** A custom id, or a unique key, that a job already has. */
export class DuplicateJobError extends FunqError {
  readonly code = 'DUPLICATE_JOB'
  readonly jobId: string
  constructor(message: string, jobId: string) {
    super(message)
    this.jobId = jobId
  }
}

/** A group that is not there (any more). */
export class GroupNotFoundError extends FunqError {
  readonly code = 'GROUP_NOT_FOUND'
  readonly groupId: string
  constructor(message: string, groupId: string) {
    super(message)
    this.groupId = groupId
  }
}

/** A job was to join a group that takes no more. */
export class GroupSealedError extends FunqError {
  readonly code = 'GROUP_SEALED'
  readonly groupId: string
  constructor(message: string, groupId: string) {
    super(message)
    this.groupId = groupId
  }
}

/** A middleware or a hook kept a job from being enqueued; nothing was written. */
export class EnqueueVetoedError extends FunqError {
  readonly code = 'ENQUEUE_VETOED'
  readonly queue: string
  readonly func: string
  constructor(message: string, queue: string, func: string) {
    super(message)
    this.queue = queue
    this.func = func
  }
}

/** A `dependsOn` that names no job. */
export class DependencyNotFoundError extends FunqError {
  readonly code = 'DEPENDENCY_NOT_FOUND'
  readonly dependencyId: string
  constructor(message: string, dependencyId: string) {
    super(message)
    this.dependencyId = dependencyId
  }
}

/** An operation that the job's state does not allow, such as requeueing a job that waits. */
export class InvalidStateError extends FunqError {
  readonly code = 'INVALID_STATE'
  readonly jobId: string
  readonly status: string
  constructor(message: string, jobId: string, status: string) {
    super(message)
    this.jobId = jobId
    this.status = status
  }
}

/** A helper of `funq/testing` that cannot do what it was asked in the mode that the test is in. */
export class TestingError extends FunqError {
  readonly code = 'TESTING'
}

/** The job ran and failed for good. `cause` is the remote error: its name, message, stack and own cause. */
export class JobFailedError extends FunqError {
  readonly code = 'JOB_FAILED'
  readonly jobId: string
  constructor(message: string, jobId: string, options?: ErrorOptions) {
    super(message, options)
    this.jobId = jobId
  }
}

/** The job was canceled, stopped or deleted, so it has no result. `status` says which. */
export class JobCanceledError extends FunqError {
  readonly code = 'JOB_CANCELED'
  readonly jobId: string
  readonly status: string
  constructor(message: string, jobId: string, status: string) {
    super(message)
    this.jobId = jobId
    this.status = status
  }
}

/** Waiting for a job took longer than the caller allowed; the job itself goes on. */
export class WaitTimeoutError extends FunqError {
  readonly code = 'WAIT_TIMEOUT'
  readonly jobId: string
  constructor(message: string, jobId: string) {
    super(message)
    this.jobId = jobId
  }
}

/** Thrown by a job, or a class of your own below it: the job fails at once, whatever retries it has left. */
export class UnrecoverableError extends FunqError {
  readonly code = 'UNRECOVERABLE'
}

/** The job asked to run again by a Retry more often than it may. `cause` is what it asked with the last time. */
export class MaxRetriesExceededError extends FunqError {
  readonly code = 'MAX_RETRIES_EXCEEDED'
}

/** The job ran over its timeout. */
export class JobTimeoutError extends FunqError {
  readonly code = 'JOB_TIMEOUT'
}

/** The process or thread that ran the job ended before the job did. `exitCode` and `signal` say how. */
export class WorkHorseDiedError extends FunqError {
  readonly code = 'WORK_HORSE_DIED'
  readonly exitCode: number | null
  readonly signal: string | null
  constructor(message: string, exitCode: number | null, signal: string | null) {
    super(message)
    this.exitCode = exitCode
    this.signal = signal
  }
}

/** A module that was to be loaded before the first job, or its setup, failed. The worker cannot run. */
export class BootstrapError extends FunqError {
  readonly code = 'BOOTSTRAP'
}

/** The job's worker died too often while it ran. */
export class AbandonedJobError extends FunqError {
  readonly code = 'ABANDONED_JOB'
}

/** The reason of a job's abort signal when its worker shuts down. */
export class ShutdownError extends FunqError {
  readonly code = 'SHUTDOWN'
}

/** The reason of a job's abort signal when `job.stop()` was called. */
export class JobStoppedError extends FunqError {
  readonly code = 'JOB_STOPPED'
}

/** The reason of a job's abort signal when its worker lost the lease: another worker may run it by now. */
export class LeaseLostError extends FunqError {
  readonly code = 'LEASE_LOST'
}

/** What a step or a checkpoint of a job came to could not be kept: the server refuses it. */
export class StepNotKeptError extends FunqError {
  readonly code = 'STEP_NOT_KEPT'
}

/** Redis did not answer in time. Nothing is known of the command that was under way; asking again is safe. */
export class RedisUnavailableError extends FunqError {
  readonly code = 'REDIS_UNAVAILABLE'
}

/** Redis refused the user, the password or a command's permission. Asking again will not help. */
export class RedisAuthError extends FunqError {
  readonly code = 'REDIS_AUTH'
}

/** Redis is out of memory or cannot write to disk, and refuses writes. */
export class RedisFullError extends FunqError {
  readonly code = 'REDIS_FULL'
}

/** Jobs are stored, but not on as many replicas as the queue's `durability` asks for. `jobIds` says which. */
export class NotDurableError extends FunqError {
  readonly code = 'NOT_DURABLE'
  readonly jobIds: readonly string[]
  /** How many replicas have them. */
  readonly acknowledged: number
  constructor(message: string, jobIds: readonly string[], acknowledged: number) {
    super(message)
    this.jobIds = jobIds
    this.acknowledged = acknowledged
  }
}

/** The server is too old, or not one that funq can use. */
export class UnsupportedServerError extends FunqError {
  readonly code = 'UNSUPPORTED_SERVER'
}

/** The queue, worker or connection was closed. */
export class ClosedError extends FunqError {
  readonly code = 'CLOSED'
}

/** A living worker has this name. */
export class WorkerNameTakenError extends FunqError {
  readonly code = 'WORKER_NAME_TAKEN'
  readonly worker: string
  constructor(message: string, worker: string) {
    super(message)
    this.worker = worker
  }
}

/** A command for a worker that nobody heard: it has ended, or never was. */
export class WorkerNotFoundError extends FunqError {
  readonly code = 'WORKER_NOT_FOUND'
  readonly worker: string
  constructor(message: string, worker: string) {
    super(message)
    this.worker = worker
  }
}

/** All workers are suspended, and this one was told not to wait for the end of it. */
export class SuspendedError extends FunqError {
  readonly code = 'SUSPENDED'
}
