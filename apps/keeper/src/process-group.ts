import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { SignalName } from '@sallyport/keeper-protocol/keeper-router'
import { descendsFrom } from '@sallyport/unix-socket/ancestry'

/** Enough passes for a fork bomb's last children; a program that outruns them is not stopped by signals at all. */
const SWEEP_MAX_PASSES = 10

/** To every process of the group; a group that is gone is no error, it is what the caller wants. */
export const signalGroup = (group: number, signal: SignalName): void => {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The fields of /proc/<pid>/stat behind the name, see proc_pid_stat(5): state, ppid, pgrp, session … */
const statFields = (pid: number | string): string[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // Gone since it was listed, or hidden: not ours to signal.
    return undefined
  }
}

const sessionOf = (pid: number | string): number => Number(statFields(pid)?.[3])

/**
 * False when the number of `group` belongs to a stranger by now: a terminal remembers its last foreground group, and
 * the kernel may give the number of a dead one away.
 */
export const isGroupOfSession = (group: number, rootPid: number): boolean => {
  const session = sessionOf(group)
  return Number.isNaN(session) || session === rootPid
}

/** Processes that never left the session of `rootPid`: background jobs and double forks without setsid. */
const leftInSession = (rootPid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && sessionOf(name) === rootPid && statFields(name)?.[0] !== 'Z')
    .map(Number)
    // The root is dead and its number free: only what descends from us can be its leftover.
    .filter((pid) => descendsFrom(pid, process.pid) === 'yes')

/** SIGKILL to what is left of a session whose root is dead. */
export const killLeftovers = (rootPid: number): void => {
  if (process.platform !== 'linux') return
  for (let pass = 0; pass < SWEEP_MAX_PASSES; pass += 1) {
    const pids = leftInSession(rootPid)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }
}

/** Interactive shells do. */
export const ignoresSigterm = (pid: number): boolean => {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? '0'
    return ((BigInt(`0x${mask}`) >> BigInt(constants.signals.SIGTERM - 1)) & 1n) === 1n
  } catch {
    return false
  }
}

/** `SIGTERM` for 15; `SIG34` for one that has no name here (real-time signals). */
export const signalNameOf = (number: number): string =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`
