import { readdirSync, readFileSync } from 'node:fs'

/** What we need of /proc/<pid>/stat, see proc_pid_stat(5). */
export interface ProcessStat {
  /** One letter: R, S, D, T, Z … `Z` is a zombie, waiting to be reaped. */
  readonly state: string
  readonly parentPid: number
  /** In clock ticks since boot, usually 10 ms each. Only good for comparing. */
  readonly startedAtTicks: number
}

/**
 * The second field is the program's name in parentheses, chosen by the program, and may itself hold spaces and
 * parentheses: `7 (a) Z 1 (b) S 3 …`. So the fields are counted from the LAST closing one.
 */
export const parseProcessStat = (text: string): ProcessStat | undefined => {
  const end = text.lastIndexOf(')')
  if (end === -1) return undefined
  const fields = text.slice(end + 2).split(' ')
  const [state, parentPid, startedAtTicks] = [fields[0], Number(fields[1]), Number(fields[19])]
  if (!state || !Number.isSafeInteger(parentPid) || !Number.isSafeInteger(startedAtTicks)) return undefined
  return { state, parentPid, startedAtTicks }
}

/** Undefined when the process is gone, when /proc hides it (hidepid), or where there is no /proc. */
export const readProcessStat = (pid: number): ProcessStat | undefined => {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ESRCH: it went away between open and read.
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined
    throw error
  }
}

/** Zombies whose parent is `parentPid`. Reads one small file per process of the machine. */
export const zombieChildrenOf = (parentPid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const stat = readProcessStat(pid)
      return stat?.state === 'Z' && stat.parentPid === parentPid
    })
