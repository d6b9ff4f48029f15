import { runBootstrap } from '../../run/bootstrap.ts'
import { markWorker } from '../../run/is-worker.ts'
import type { HorseLoop } from './loop.ts'
import type { HorseSettings, Order, Report } from './protocol.ts'

type LoopOrder = Exclude<Order, { kind: 'stop' }>

/**
 * Gives the loop its orders once what jobs need is loaded, and reports that the horse is ready, or why it never will be.
 * @param end ends a horse that cannot be prepared
 */
export function prepared(
  loop: HorseLoop,
  { bootstrap, roots }: Pick<HorseSettings, 'bootstrap' | 'roots'>,
  report: (report: Report) => void,
  end: () => void,
): (order: LoopOrder) => void {
  markWorker()
  let held: LoopOrder[] | undefined = []
  // Even without anything to load not within the call: whoever starts a horse hears of it when it has it.
  const loaded = (bootstrap ? runBootstrap(bootstrap, roots) : Promise.resolve()).then(() => loop.prepare())
  loaded.then(
    () => {
      report({ kind: 'ready' })
      const orders = held ?? []
      held = undefined
      for (const order of orders) loop.obey(order)
    },
    (error: Error) => {
      report({ kind: 'dying', culprit: null, hint: error.message, unprepared: true })
      end()
    },
  )
  return (order) => {
    if (held) held.push(order)
    else loop.obey(order)
  }
}
