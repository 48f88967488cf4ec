import { constants } from 'node:os'
import koffi from 'koffi'

/**
 * The keeper's one door to libc, for what Node has no call for. Everything is bound at import: a keeper that outlives an
 * upgrade must not look for files later. Numbers are Linux'; the brief branch for macOS stands beside each.
 */
const libc = koffi.load(null)
const isDarwin = process.platform === 'darwin'

const fcntl = libc.func('int fcntl(int fd, int command, ...)')
const ioctl = libc.func('int ioctl(int fd, ulong request, ...)')
const readInto = libc.func('long read(int fd, void *bytes, ulong count)')
const writeFrom = libc.func('long write(int fd, const void *bytes, ulong count)')
const makePipe = libc.func('int pipe(void *fds)')
const pollFds = libc.func('int poll(void *fds, ulong count, int timeoutMs)')

const setFdFlags = 2
const getStatusFlags = 3
const setStatusFlags = 4
const duplicateCloseOnExec = isDarwin ? 67 : 1030
const closeOnExec = 1
const nonBlocking = isDarwin ? 4 : 0o4000
const tiocgpgrp = isDarwin ? 0x40047477 : 0x540f
const pollIn = 1
const pollOut = 4
const pollfdBytes = 8

const { EAGAIN, EINTR, EIO } = constants.errno

class NativeCallError extends Error {
  override readonly name = 'NativeCallError'
  readonly errno: number

  constructor(call: string, errno: number) {
    super(`${call} failed with errno ${errno}`)
    this.errno = errno
  }
}

const must = (call: string, result: number): number => {
  if (result === -1) throw new NativeCallError(call, koffi.errno())
  return result
}

/** No program that we start later inherits `fd`. */
export const setCloseOnExec = (fd: number): void => {
  must('fcntl', fcntl(fd, setFdFlags, 'int', closeOnExec))
}

/** Another descriptor of the same open file, closed at exec. */
export const duplicate = (fd: number): number => must('fcntl', fcntl(fd, duplicateCloseOnExec, 'int', 0))

/** The process group that the terminal behind `masterFd` delivers Ctrl+C to, or undefined when it has none. */
export const foregroundGroup = (masterFd: number): number | undefined => {
  const group = new Int32Array(1)
  if (ioctl(masterFd, tiocgpgrp, 'void *', group) === -1) return undefined
  return group[0] || undefined
}

/**
 * Bytes read from a non-blocking descriptor into `into`. 0: the other side is gone (a terminal says EIO), undefined:
 * nothing is there now. For a terminal master Linux first waits for what is on its way between the two ends, so
 * `undefined` means that everything written to the slave before this call has been read. FIONREAD does not wait.
 */
export const readNow = (fd: number, into: Uint8Array): number | undefined => {
  for (;;) {
    const count: number = readInto(fd, into, into.byteLength)
    if (count >= 0) return count
    const errno = koffi.errno()
    if (errno === EAGAIN) return undefined
    if (errno === EIO) return 0
    if (errno !== EINTR) throw new NativeCallError('read', errno)
  }
}

/** Bytes that a non-blocking descriptor took of `bytes`, 0 when it is full; undefined: nobody will ever read them. */
export const writeNow = (fd: number, bytes: Uint8Array): number | undefined => {
  for (;;) {
    const count: number = writeFrom(fd, bytes, bytes.byteLength)
    if (count >= 0) return count
    const errno = koffi.errno()
    if (errno === EAGAIN) return 0
    if (errno === EIO) return undefined
    if (errno !== EINTR) throw new NativeCallError('write', errno)
  }
}

export interface WakePipe {
  readonly readFd: number
  readonly writeFd: number
}

/** Both ends non-blocking and closed at exec. */
export const createWakePipe = (): WakePipe => {
  const fds = new Int32Array(2)
  must('pipe', makePipe(fds))
  const [readFd, writeFd] = fds as unknown as [number, number]
  for (const fd of [readFd, writeFd]) {
    setCloseOnExec(fd)
    must('fcntl', fcntl(fd, setStatusFlags, 'int', fcntl(fd, getStatusFlags) | nonBlocking))
  }
  return { readFd, writeFd }
}

/**
 * Waits, on a thread of libuv's pool, until one of `writableFds` takes bytes (or is broken) or `wakeFd` has some to read.
 * Answers the writable ones.
 */
export const pollUntilReady = (wakeFd: number, writableFds: readonly number[]): Promise<number[]> => {
  const entries = Buffer.alloc((writableFds.length + 1) * pollfdBytes)
  const fds = [wakeFd, ...writableFds]
  for (const [position, fd] of fds.entries()) {
    entries.writeInt32LE(fd, position * pollfdBytes)
    entries.writeInt16LE(position === 0 ? pollIn : pollOut, position * pollfdBytes + 4)
  }
  return new Promise((resolve, reject) => {
    pollFds.async(entries, fds.length, -1, (error: Error | null, count: number) => {
      if (error) reject(error)
      else if (count < 0) resolve([])
      else resolve(writableFds.filter((_, at) => entries.readInt16LE((at + 1) * pollfdBytes + 6) !== 0))
    })
  })
}
