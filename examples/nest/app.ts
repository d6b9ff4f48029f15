import 'reflect-metadata'
import {
  type BeforeApplicationShutdown,
  Controller,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  Post,
  Query,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Queue, Worker } from 'funq'
import { dashboard, toNest } from 'funq/dashboard'
import { countWords } from '../hello/tasks.ts'

@Injectable()
class Queues implements OnApplicationShutdown {
  readonly low = new Queue('low')

  /** Last: requests, and jobs that run here, may enqueue until they end. */
  async onApplicationShutdown() {
    await this.low.close()
  }
}

/** A worker that begins and ends with the application; `npx rqworker low` beside it does as well. */
@Injectable()
class InProcessWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #worker = new Worker('low')

  onApplicationBootstrap() {
    void this.#worker.run()
  }

  /** It claims no more, and what runs may end, while the application still answers. */
  async beforeApplicationShutdown() {
    console.log('closing')
    await this.#worker.stop()
  }
}

@Controller()
class Words {
  readonly #queues: Queues

  constructor(@Inject(Queues) queues: Queues) {
    this.#queues = queues
  }

  @Post('count')
  async count(@Query('url') url: string) {
    const job = await this.#queues.low.enqueue(countWords, url)
    return { id: job.id, words: await job.wait({ timeout: '20s' }) }
  }
}

@Module({ controllers: [Words], providers: [Queues, InProcessWorker] })
class App {}

const pages = dashboard() // for this machine only, until it is told who may see it
const app = await NestFactory.create(App, { logger: ['error', 'warn'] })
await toNest(app, '/admin/rq', pages)
app.enableShutdownHooks()
process.once('SIGTERM', () => void pages.close()) // its live pages would keep their connections
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
console.log(`listening on ${new URL(await app.getUrl()).port}`)
