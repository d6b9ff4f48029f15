/** funq in a Nest application. See docs/frameworks.md. */
export type { AppQueueOptions, AppWorkerOptions } from '../app-queues.ts'
export {
  FunqModule,
  type FunqModuleAsyncOptions,
  type FunqModuleOptions,
  getQueueToken,
  InjectQueue,
  type RegisteredQueue,
} from './module.ts'
export { Task, taskOf, tasks } from './tasks.ts'
