/**
 * The one door to libc of this package. Nothing is loaded at import time: the first call of `libc()` requires koffi
 * and binds the symbols of the running process, so a program that only imports the client half never pays for it.
 * `createRequire` also keeps bundlers from pulling koffi's native addon apart.
 */

import { createRequire } from 'node:module'
import { constants } from 'node:os'

interface Libc {
  flock(fd: number, operation: number): number
  /** `value` and `length` are filled in native byte order. */
  getsockopt(fd: number, level: number, name: number, value: Uint32Array, length: Uint32Array): number
  waitpid(pid: number, status: Int32Array, options: number): number
  errno(): number
}

interface LinuxLibc {
  prctl(option: number, argument: number): number
  waitid(idType: number, id: number, info: Int32Array, options: number): number
}

interface DarwinLibc {
  getpeereid(fd: number, uid: Uint32Array, gid: Uint32Array): number
}

/** Not util.getSystemErrorName(), which knows only the errors of libuv, and ECHILD is not one. */
const errnoName = (errno: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`

/** A libc call that failed. `code` is the errno name (`EWOULDBLOCK` reads `EAGAIN`), `syscall` the function. */
export class NativeCallError extends Error {
  override readonly name = 'NativeCallError'
  readonly code: string
  readonly syscall: string

  constructor(syscall: string, errno: number) {
    const code = errnoName(errno)
    super(`${syscall} failed: ${code}`)
    this.code = code
    this.syscall = syscall
  }
}

const load = () => {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi')
  // No library name: the symbols come from the libc that node itself runs on, glibc, musl or macOS alike.
  const library = koffi.load(null)
  return { koffi, library }
}

let loaded: ReturnType<typeof load> | undefined
const library = () => {
  loaded ??= load()
  return loaded
}

const once = <T>(bind: () => T) => {
  let bound: T | undefined
  return () => {
    bound ??= bind()
    return bound
  }
}

export const libc = once((): Libc => {
  const { koffi, library: symbols } = library()
  return {
    flock: symbols.func('int flock(int fd, int operation)'),
    getsockopt: symbols.func('int getsockopt(int fd, int level, int name, void *value, void *length)'),
    waitpid: symbols.func('int waitpid(int pid, void *status, int options)'),
    errno: () => koffi.errno(),
  }
})

export const linuxLibc = once((): LinuxLibc => {
  const { library: symbols } = library()
  // prctl reads five words whatever the option, and PR_SET_CHILD_SUBREAPER insists that the unused ones are 0.
  const prctl = symbols.func('int prctl(int option, ulong a, ulong b, ulong c, ulong d)')
  return {
    prctl: (option, argument) => prctl(option, argument, 0, 0, 0),
    waitid: symbols.func('int waitid(int idType, uint id, void *info, int options)'),
  }
})

export const darwinLibc = once(
  (): DarwinLibc => ({ getpeereid: library().library.func('int getpeereid(int fd, void *uid, void *gid)') }),
)
