import 'reflect-metadata'
import { Controller, Injectable, Module, Post, Query } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Queue } from 'funq'
import { dashboard, toNest } from 'funq/dashboard'
import { FunqModule, InjectQueue, Task, taskOf } from 'funq/nest'
import { countWords } from '../hello/tasks.ts'

/** A provider as any other, with what is injected into it; its jobs run on the one that the container has. */
@Injectable()
class Words {
  @Task()
  count(url: string): Promise<number> {
    return countWords(url)
  }
}

@Controller()
class Site {
  readonly #low: Queue

  constructor(@InjectQueue('low') low: Queue) {
    this.#low = low
  }

  @Post('count')
  async count(@Query('url') url: string) {
    const job = await this.#low.enqueue(taskOf(Words, 'count'), url)
    return { id: job.id, words: await job.wait({ timeout: '20s' }) }
  }
}

@Module({
  imports: [
    // A worker that begins and ends with the application: it claims no more, and what runs may end, while the application still answers.
    FunqModule.forRoot({ worker: { queues: 'low', concurrency: 5 } }),
    FunqModule.registerQueue('low'), // closed last: requests, and jobs that run here, may enqueue until they end
  ],
  controllers: [Site],
  providers: [Words],
})
class App {}

const pages = dashboard() // for this machine only, until it is told who may see it
const app = await NestFactory.create(App, { logger: ['error', 'warn'] })
await toNest(app, '/admin/rq', pages)
app.enableShutdownHooks()
process.once('SIGTERM', () => {
  console.log('closing')
  void pages.close() // its live pages would keep their connections
})
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
console.log(`listening on ${new URL(await app.getUrl()).port}`)
