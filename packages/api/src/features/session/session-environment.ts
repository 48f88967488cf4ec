import { SPAWN_MAX_BYTES } from '@sallyport/contract/wire-limits'
import { AppError } from '../../errors.ts'
import type { Environment } from './session-record.ts'

/** Linux: MAX_ARG_STRLEN, for one argument or one K=V with its NUL. */
const STRING_MAX_BYTES = 128 * 1024
/** The kernel keeps a pointer to each string. */
const POINTER_BYTES = 8

export interface EnvironmentRequest {
  readonly sessionId: string
  readonly socketPath: string
  /** What the session starts from: the caller's own, or that of a login shell. */
  readonly base: Environment
  readonly additions: Environment
}

/**
 * SPEC S1, S7. CLAUDECODE would make an agent believe that it runs inside another one; SALLYPORT_* configure a daemon, and a session that inherited the
 * path of another daemon's socket would talk to that one.
 */
export const sessionEnvironment = ({ sessionId, socketPath, base, additions }: EnvironmentRequest): Environment => {
  const inherited = Object.entries({ ...base, ...additions }).filter(([name]) => !isRemoved(name))
  return {
    ...Object.fromEntries(inherited),
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    SALLYPORT_SOCKET: socketPath,
    SALLYPORT_SESSION: sessionId,
  }
}

export const isRemoved = (name: string): boolean => name === 'CLAUDECODE' || name.startsWith('SALLYPORT_')

/** @throws AppError `too_large` before the kernel would say E2BIG, with which it names neither the size nor the culprit */
export const requireSpawnable = (args: readonly string[], env: Environment): void => {
  let total = 0
  for (const text of args) total += measured(text, 'An argument')
  for (const [name, value] of Object.entries(env)) total += measured(`${name}=${value}`, `The variable ${name}`)
  if (total > SPAWN_MAX_BYTES) {
    throw new AppError(
      'too_large',
      `Arguments and environment have ${Math.ceil(total / 1024)} KiB, ${SPAWN_MAX_BYTES / 1024} KiB are possible. Pass large input in a file.`,
    )
  }
}

const measured = (text: string, what: string): number => {
  const bytes = Buffer.byteLength(text) + 1
  if (bytes > STRING_MAX_BYTES) {
    throw new AppError('too_large', `${what} has ${bytes} bytes, ${STRING_MAX_BYTES} are possible. Pass it in a file.`)
  }
  return bytes + POINTER_BYTES
}
