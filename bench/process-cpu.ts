import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in ticks of 10 ms, whatever the kernel's own clock. */
const US_A_TICK = 10_000

interface Stat {
  readonly parent: number
  readonly cpu: number
}

/**
 * µs of CPU that a process, its living descendants and those that they have waited for used so far, as the kernel counts them.
 * NaN where there is no /proc.
 */
export function cpuOfTree(pid: number): number {
  const stats = new Map<number, Stat>()
  for (const name of entries('/proc')) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined
    if (stat) stats.set(Number(name), stat)
  }
  const belongs = (id: number): boolean => {
    for (let at: number | undefined = id; at; at = stats.get(at)?.parent) if (at === pid) return true
    return false
  }
  let cpu = Number.NaN
  for (const [id, stat] of stats) if (belongs(id)) cpu = (Number.isNaN(cpu) ? 0 : cpu) + stat.cpu
  return cpu
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Undefined when the process has ended meanwhile. */
function readStat(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The program's name may hold spaces and brackets: what counts begins after the last of these.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    return { parent: Number(fields[1]), cpu: ticks * US_A_TICK }
  } catch {
    return undefined
  }
}
