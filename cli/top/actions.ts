import type { Session } from '../session.ts'
import type { JobAction, RowJob } from './model.ts'

/** Does to a job what a key asks. Answers a line that says what came of it. */
export async function act(session: Session, action: JobAction, job: RowJob): Promise<string> {
  const { noted } = await import('../lib.ts')
  const what = action === 'cancel' && job.status === 'started' ? 'stop' : action
  return noted(session, { action: `job:${what}`, subject: `${job.id}@${job.queue}` }, () =>
    change(session, action, job),
  )
}

async function change({ store }: Session, action: JobAction, { queue, id, status }: RowJob): Promise<string> {
  switch (action) {
    case 'retry':
      return told(id, 'requeued', ['queued', 'deferred'], (await store.requeue(queue, [id]))[0]!)
    case 'delete':
      return told(id, 'deleted', ['deleted'], await store.delete(queue, id))
    case 'cancel':
      if (status === 'started') return told(id, 'told to stop', ['asked'], await store.stop(queue, id))
      return told(id, 'canceled', ['canceled'], await store.cancel(queue, id, 'canceled in rq top'))
  }
}

function told(id: string, done: string, expected: readonly string[], answer: string): string {
  return expected.includes(answer) ? `job ${id} was ${done}` : `job ${id} was not ${done}: it is ${answer}`
}
