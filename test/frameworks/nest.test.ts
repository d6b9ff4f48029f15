import { NestFactory } from '@nestjs/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FunqModule, getQueueToken, InjectQueue, Task, taskOf } from '../../lib/frameworks/nest/index.ts'
import { encryption, type Queue } from '../../lib/index.ts'
import { appModule, Counter, Mails } from '../fixtures/nest-app.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
/** Its jobs are called `funq/nest#tasks.…`, and found as any package that uses itself. */
const ROOT = new URL('../..', import.meta.url).pathname

async function start(worker: object | null = { queues: 'mail' }) {
  const options = {
    connection: h.url,
    prefix: h.prefix,
    ...(worker && { worker: { paths: [ROOT], ...worker } }),
  }
  const app = await NestFactory.createApplicationContext(appModule(FunqModule.forRoot(options)), {
    logger: ['error'],
  })
  await app.init()
  onTestFinished(() => app.close())
  return { app, mail: app.get<Queue>(getQueueToken('mail')) }
}

test('a method with @Task runs on the provider of the container, in a worker inside of the application', async () => {
  const { mail } = await start()
  const job = await mail.enqueue(taskOf(Mails, 'send'), 'ada')
  expect(job.func).toBe('funq/nest#tasks.Mails.send')
  expect(job.tags).toEqual(['letter'])
  expect(await job.result).toBe('hello ada, attempt 1')
  const both = await mail.enqueue(taskOf(Mails, 'sendBoth'), 'bob', 'cy')
  expect([both.func, await both.result]).toEqual([
    'funq/nest#tasks.mails.both',
    expect.stringContaining('hello bob'),
  ])
  const counts = [mail.enqueue(taskOf(Counter, 'next')), mail.enqueue(taskOf(Counter, 'next'))]
  expect(await Promise.all((await Promise.all(counts)).map((each) => each.result))).toEqual([1, 1])
})

test('at the end the running job may still enqueue, then the queues are closed', async () => {
  const { app, mail } = await start()
  const held = await mail.enqueue('./test/fixtures/tasks#hold', h.gate('g'))
  await h.reached('g')
  const closing = app.close()
  const waiting = await mail.enqueue(taskOf(Mails, 'send'), 'late')
  await h.open('g')
  await closing
  await expect(mail.count()).rejects.toThrow('closed')
  const q = h.queue('mail')
  expect((await q.fetchJob(held.id))!.status).toBe('finished')
  expect((await q.fetchJob(waiting.id))!.status).toBe('queued')
})

test('a work-horse has the application by its setup, and starts no worker in it', async () => {
  const { mail } = await start(null)
  vi.stubEnv('FUNQ_TEST_NEST', JSON.stringify({ connection: h.url, prefix: h.prefix, worker: {} }))
  onTestFinished(() => void vi.unstubAllEnvs())
  const job = await mail.enqueue(taskOf(Mails, 'where'))
  await h.drain('mail', { isolation: 'process', paths: [ROOT], setup: './test/fixtures/nest-app.ts' })
  const where = (await job.result) as { pid: number; isWorker: boolean }
  expect(where.isWorker).toBe(true)
  expect(where.pid).not.toBe(process.pid)
})

test('options may come from the container, and a queue be replaced in it', async () => {
  const options = { provide: 'settings', useValue: { connection: h.url, prefix: h.prefix } }
  class Config {}
  const config = { module: Config, providers: [options], exports: ['settings'] }
  const root = FunqModule.forRootAsync({
    imports: [config],
    inject: ['settings'],
    useFactory: async (given) => given,
  })
  const app = await NestFactory.createApplicationContext(appModule(root), { logger: false })
  onTestFinished(() => app.close())
  const mail = app.get<Queue>(getQueueToken('mail'))
  await mail.enqueue(taskOf(Mails, 'send'), 'ada')
  expect(await h.queue('mail').count()).toBe(1)
})

test('without an application a task says what is missing', async () => {
  const { app, mail } = await start(null)
  const job = await mail.enqueue(taskOf(Mails, 'send'), 'ada')
  await app.close()
  await h.drain('mail', { paths: [ROOT] })
  expect((await h.queue('mail').fetchJob(job.id))!.error?.message).toContain(
    'expected a Nest application with FunqModule in this process, got none',
  )
})

test('jobs of two classes of one name are told apart, or refused as the application starts', async () => {
  class Mails {
    send(_to: string) {}
  }
  // As where the module is loaded anew, and the class that was is provided no more.
  Task()(Mails.prototype, 'send', {})
  const { app, mail } = await start()
  expect(await (await mail.enqueue(taskOf(Mails, 'send'), 'ada')).result).toBe('hello ada, attempt 1')
  await app.close()
  const both = appModule(FunqModule.forRoot({ connection: h.url, prefix: h.prefix }))
  const providers = [...(both.providers ?? []), { provide: Mails, useClass: Mails }]
  await expect(
    NestFactory.createApplicationContext({ ...both, providers }, { logger: false, abortOnError: false }),
  ).rejects.toThrow("expected one provider for 'Mails.send', got two classes called Mails")
})

test('a class that no module provides is named', async () => {
  class Lost {
    run() {}
  }
  Task()(Lost.prototype, 'run', {})
  const { mail } = await start()
  const job = await mail.enqueue(taskOf(Lost, 'run'))
  await expect(job.result).rejects.toThrow('Lost.run: expected a Nest application that provides Lost')
})

test('options from the container are checked as others are', async () => {
  const open = (useFactory: () => never) =>
    NestFactory.createApplicationContext(appModule(FunqModule.forRootAsync({ useFactory })), {
      logger: false,
      abortOnError: false,
    })
  await expect(open(() => ({ conection: 'x' }) as never)).rejects.toThrow("Did you mean 'connection'")
  await expect(open(() => undefined as never)).rejects.toThrow('expected an object of options, got undefined')
})

test('what cannot be is refused', () => {
  expect(() => taskOf(Mails, 'noTask')).toThrow('expected a method with @Task(), got Mails.noTask')
  class Other {
    send() {}
  }
  expect(() => Task('Mails.send')(Other.prototype, 'send', {})).toThrow(
    "expected a name of its own for Other.send, got 'Mails.send', which is Mails.send",
  )
  expect(() => Task('Mails')(Other.prototype, 'send', {})).toThrow("no part of another one's")
  expect(() => Task('a b..c')(Other.prototype, 'send', {})).toThrow('expected a name such as')
  expect(() => Task()(Other, 'send', {})).toThrow('got a static one')
  expect(() => FunqModule.forRoot({ codec: encryption('0123456789abcdef'.repeat(4)), worker: {} })).toThrow(
    'worker.codec: expected the path#export of the codec',
  )
  expect(() => FunqModule.forRoot({ conection: 'x' } as never)).toThrow("Did you mean 'connection'")
  expect(() => FunqModule.registerQueue({ name: 'q', default: {} } as never)).toThrow(
    "Did you mean 'defaults'",
  )
  expect(() => InjectQueue('a:b')).toThrow('a:b')
})
