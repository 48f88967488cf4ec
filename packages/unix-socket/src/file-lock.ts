import { closeSync, constants, fstatSync, ftruncateSync, lstatSync, openSync, readSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { libc, NativeCallError } from './native.ts'
import { ownUid } from './own-uid.ts'

/** flock(2), the same numbers on Linux and macOS. */
const lockShared = 1
const lockExclusive = 2
const lockNonBlocking = 4
const unlock = 8

/** A probe holds the lock for microseconds; after this many tries something else is going on. */
const maxAttempts = 100
const attemptGapMs = 5

/** An exclusive lock of the operating system. It ends with `release()` or with the process, SIGKILL included. */
export interface FileLock {
  readonly path: string
  /** Gives the lock back. The file stays: unlinking it would let two processes lock two different inodes. */
  release(): Promise<void>
}

/** Another live process has the lock. `holderPid` is undefined when that process has not written its pid yet. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError'
  readonly path: string
  readonly holderPid: number | undefined

  constructor(path: string, holderPid: number | undefined) {
    super(`${path} is locked by ${holderPid === undefined ? 'another process' : `process ${holderPid}`}`)
    this.path = path
    this.holderPid = holderPid
  }
}

const tryFlock = (fd: number, operation: number): boolean => {
  if (libc().flock(fd, operation | lockNonBlocking) === 0) return true
  const error = new NativeCallError('flock', libc().errno())
  if (error.code === 'EAGAIN') return false
  throw error
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Only called while the lock is held: then the text is the holder's, or (for a few microseconds) its dead predecessor's. */
const readHolderPid = (fd: number): number | undefined => {
  const text = Buffer.alloc(16)
  const pid = Number(text.toString('latin1', 0, readSync(fd, text, 0, text.length, 0)).trim())
  return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined
}

/**
 * Node opens with O_CLOEXEC, so no program that we start inherits the descriptor, and with it the lock. O_NONBLOCK is
 * for a planted FIFO, which would hold up the open for ever.
 */
const openLockFile = (path: string, flags: number): number => {
  let fd: number
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error
    throw new Error(`${path} is a symbolic link; move it away`, { cause: error })
  }
  const stats = fstatSync(fd)
  if (stats.isFile() && stats.uid === ownUid() && (stats.mode & 0o077) === 0) return fd
  closeSync(fd)
  throw new Error(`${path} is not a private file of yours (wanted: mode 0600, uid ${ownUid()}); move it away`)
}

/** False when the file was deleted or replaced after we opened it: a lock on it would exclude nobody. */
const isStillAt = (path: string, fd: number): boolean => {
  const [ours, there] = [fstatSync(fd), lstatSync(path, { throwIfNoEntry: false })]
  return there !== undefined && ours.dev === there.dev && ours.ino === there.ino
}

type Attempt = 'locked' | 'retry'

/** One pass without a turn of the event loop, so that between the lock and the pid in the file lie microseconds. */
const attemptLock = (path: string, fd: number): Attempt => {
  if (!tryFlock(fd, lockExclusive)) {
    // A shared lock still goes through: nobody owns it, a readLockHolder() is looking. Anything else is a live owner.
    if (!tryFlock(fd, lockShared)) throw new LockHeldError(path, readHolderPid(fd))
    tryFlock(fd, unlock)
    return 'retry'
  }
  if (!isStillAt(path, fd)) return 'retry'
  // Written over the old text, and cut only then, so that on a full disk the block that is there is used again.
  ftruncateSync(fd, writeSync(fd, `${process.pid}\n`, 0))
  return 'locked'
}

/**
 * Takes the lock at `path` without waiting, making the file (0600, never through a symlink) when it is missing, and
 * writes our pid into it. Throws LockHeldError when another process has it.
 */
export const acquireFileLock = async (path: string): Promise<FileLock> => {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const fd = openLockFile(path, constants.O_RDWR | constants.O_CREAT)
    let outcome: Attempt | undefined
    try {
      outcome = attemptLock(path, fd)
    } finally {
      if (outcome !== 'locked') closeSync(fd)
    }
    if (outcome === 'locked') return holdLock(path, fd)
    await delay(attemptGapMs)
  }
  throw new LockHeldError(path, undefined)
}

const holdLock = (path: string, fd: number): FileLock => {
  let released = false
  return {
    path,
    release: async () => {
      if (released) return
      released = true
      closeSync(fd)
    },
  }
}

/**
 * The pid of the process that holds the lock now, or undefined when nobody does (or it has not written its pid yet).
 * The lock itself is asked: the text that a killed holder left behind is never believed.
 */
export const readLockHolder = async (path: string): Promise<number | undefined> => {
  let fd: number
  try {
    fd = openLockFile(path, constants.O_RDONLY)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    // Shared, so that two who ask do not see each other, and closed in this same turn.
    return tryFlock(fd, lockShared) ? undefined : readHolderPid(fd)
  } finally {
    closeSync(fd)
  }
}
