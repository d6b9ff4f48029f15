/** funq in a Nest application. See docs/frameworks.md. */
export type { AppOptions as FunqModuleOptions, AppQueueOptions, AppWorkerOptions } from '../app-queues.ts'
export {
  FunqModule,
  type FunqModuleAsyncOptions,
  getQueueToken,
  InjectQueue,
  type RegisteredQueue,
} from './module.ts'
export { Task, taskOf, tasks } from './tasks.ts'
