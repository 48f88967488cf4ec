import { readProcessStat } from './process-stat.ts'

/** Deeper chains than this are made on purpose. */
const maxDepth = 512

/**
 * Whether `pid` is `ancestorPid` or one of its descendants, by the parent chain in /proc (W5). `unknown` when a link is
 * gone, unreadable or impossible: callers must treat it as the worst of the two answers.
 *
 * The walk is not one snapshot. A parent may die, and its pid go to a stranger, between two reads; but nobody is younger
 * than his child, so a parent that started later than the child is such a stranger, and the answer is `unknown`.
 */
export const descendsFrom = (pid: number, ancestorPid: number): 'yes' | 'no' | 'unknown' => {
  let current = pid
  let childStartedAtTicks = Number.POSITIVE_INFINITY
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const stat = readProcessStat(current)
    if (stat === undefined || stat.startedAtTicks > childStartedAtTicks) return 'unknown'
    if (current === ancestorPid) return 'yes'
    if (stat.parentPid === 0) {
      // 0 is the kernel, or a parent outside our pid namespace. Only init and entered processes have it.
      return 'no'
    }
    childStartedAtTicks = stat.startedAtTicks
    current = stat.parentPid
  }
  return 'unknown'
}
