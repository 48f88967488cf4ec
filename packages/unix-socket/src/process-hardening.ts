import inspector from 'node:inspector'
import { libc, linuxLibc, NativeCallError } from './native.ts'

/** linux/prctl.h */
const prSetDumpable = 4
const prSetChildSubreaper = 36

const prctl = (option: number, argument: number): boolean => {
  if (process.platform !== 'linux') return false
  if (linuxLibc().prctl(option, argument) !== 0) throw new NativeCallError('prctl', libc().errno())
  return true
}

/**
 * Clears the dumpable flag: no core files with keys in them, no ptrace, and /proc/<pid>/environ and /proc/<pid>/mem
 * closed to other processes of the same uid (a password in the first environment stays readable there even after
 * `delete process.env.X`). Programs that we start get the flag back at exec.
 *
 * Returns false where the system has no such thing (macOS), so that the caller can say so.
 */
export const forbidCoreAndPtrace = (): boolean => prctl(prSetDumpable, 0)

/**
 * Node opens its debugger on 127.0.0.1:9229 when it gets SIGUSR1, to whoever connects, of any uid: every secret in memory and a shell as its owner, for one
 * signal of any program of the same uid. Ours is never debugged that way; one that came by NODE_OPTIONS is closed. Call it before a secret is read.
 */
export const refuseDebugger = (): void => {
  process.on('SIGUSR1', () => undefined)
  inspector.close()
}

/**
 * Makes this process the new parent of every orphan among its descendants, instead of init, so that a double fork does
 * not leave the ancestry that W5 looks at. From then on somebody must reap them: see reapAdoptedChildren().
 *
 * Returns false where the system has no such thing (macOS).
 */
export const becomeSubreaper = (): boolean => prctl(prSetChildSubreaper, 1)
