import { libc, linuxLibc, NativeCallError } from './native.ts'
import { zombieChildrenOf } from './process-stat.ts'

/** sys/wait.h of Linux. */
const waitAnyChild = 0
const wnohang = 1
const wexited = 4
const wnowait = 0x01000000

/** siginfo_t is 128 bytes; si_pid stands behind three ints, aligned to a pointer. */
const siginfoWords = 32
const siPidWord = process.arch === 'arm' || process.arch === 'ia32' ? 3 : 4

export interface ChildReaper {
  stop(): void
}

/** The pid of one child that is dead and not yet waited for, left as it is; undefined when there is none. */
const peekDeadChild = (): number | undefined => {
  const info = new Int32Array(siginfoWords)
  if (linuxLibc().waitid(waitAnyChild, 0, info, wexited | wnohang | wnowait) === 0) return info[siPidWord] || undefined
  const error = new NativeCallError('waitid', libc().errno())
  if (error.code === 'ECHILD') return undefined
  throw error
}

/** Takes the exit status of exactly this child. False when there was nothing to take. */
const reap = (pid: number): boolean => libc().waitpid(pid, new Int32Array(1), wnohang) === pid

const reapAll = (isOurs: (pid: number) => boolean): void => {
  for (let pid = peekDeadChild(); pid !== undefined; pid = peekDeadChild()) {
    if (isOurs(pid) || !reap(pid)) break
  }
  if (peekDeadChild() === undefined) return
  // The kernel shows only the first dead child, and that one is for somebody else to take: look behind it.
  for (const pid of zombieChildrenOf(process.pid)) if (!isOurs(pid)) reap(pid)
}

/**
 * Reaps the orphans that a subreaper adopts. libuv and node-pty wait only for what they started, so without this every
 * double fork in a session would leave a zombie until the keeper ends.
 *
 * `isOurs` must be true for each pid whose exit status somebody else collects (child_process, node-pty's waiting
 * thread), from the turn in which it was spawned until its exit was reported: taking such a status away would make that
 * exit look like an error, or never be seen. Runs once now, then per SIGCHLD, one pass for a burst; it never polls.
 * Only where there are subreapers: elsewhere it does nothing.
 */
export const reapAdoptedChildren = (isOurs: (pid: number) => boolean): ChildReaper => {
  if (process.platform !== 'linux') return { stop: () => undefined }
  let pass: NodeJS.Immediate | undefined
  const schedule = () => {
    // Later in this turn libuv and node-pty have mostly taken theirs, and the cheap way in reapAll() is enough.
    pass ??= setImmediate(() => {
      pass = undefined
      reapAll(isOurs)
    })
  }
  process.on('SIGCHLD', schedule)
  schedule()
  return {
    stop: () => {
      process.off('SIGCHLD', schedule)
      clearImmediate(pass)
    },
  }
}
