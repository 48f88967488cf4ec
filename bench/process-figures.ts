import { readFileSync } from 'node:fs'

/** Kernel clock ticks per second: 100 on every Linux that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100

/** User and system CPU seconds of these processes so far (proc(5), /proc/pid/stat fields 14 and 15). */
export const cpuSeconds = (pids: readonly number[]): number => {
  let ticks = 0
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / TICKS_PER_SECOND
}

/** Proportional set size in MiB: shared pages of the node binary are counted once over all its users (needs root for a process that is not dumpable). */
export const pssMebibytes = (pids: readonly number[]): number => sum(pids, 'smaps_rollup', /^Pss:\s+(\d+) kB/m)

/** Resident set size in MiB. */
export const rssMebibytes = (pids: readonly number[]): number => sum(pids, 'status', /^VmRSS:\s+(\d+) kB/m)

const sum = (pids: readonly number[], file: string, pattern: RegExp): number => {
  let kibibytes = 0
  for (const pid of pids) {
    const match = pattern.exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'))
    if (!match) throw new Error(`/proc/${pid}/${file} has no ${pattern}`)
    kibibytes += Number(match[1])
  }
  return kibibytes / 1024
}
