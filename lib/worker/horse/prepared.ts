import { runsFor } from '../../queue/configure.ts'
import { unpackPlace } from '../../redis/portable-spec.ts'
import { runBootstrap } from '../../run/bootstrap.ts'
import { markWorker } from '../../run/is-worker.ts'
import type { HorseLoop } from './loop.ts'
import type { HorseOrder, HorseSettings, LoopOrder, Report } from './protocol.ts'

/**
 * Has what jobs need loaded when it is told to, gives the loop its orders once that is done, and reports that the horse is ready, or why it never will be.
 * @param end ends a horse that cannot be prepared
 */
export function prepared(
  loop: HorseLoop,
  { bootstrap, roots }: Pick<HorseSettings, 'bootstrap' | 'roots'>,
  report: (report: Report) => void,
  end: () => void,
): (order: HorseOrder) => void {
  markWorker()
  let held: LoopOrder[] | undefined = []
  const prepare = async (place: string | undefined) => {
    // Before any code of the user's, whose own words are then the later ones.
    if (place !== undefined) runsFor(unpackPlace(place))
    // Even without anything to load not within the call: whoever starts a horse hears of it when it has it.
    await (bootstrap && runBootstrap(bootstrap, roots))
    await loop.prepare()
  }
  const begin = () => {
    report({ kind: 'ready' })
    const orders = held ?? []
    held = undefined
    for (const order of orders) loop.obey(order)
  }
  const giveUp = ({ message }: Error) => {
    report({ kind: 'dying', culprit: null, hint: message, unprepared: true })
    end()
  }
  return (order) => {
    if (order.kind === 'prepare') prepare(order.place).then(begin, giveUp)
    else if (held) held.push(order)
    else loop.obey(order)
  }
}
