import { ENV_SET_NAMES_VARIABLE } from '@sallyport/contract/env-set-rules'
import { SPAWN_MAX_BYTES } from '@sallyport/contract/wire-limits'
import { AppError } from '../../errors.ts'
import type { SpawnSecret } from '../../keeper-port.ts'
import { isAlwaysRemoved, type Scrub } from './providers/scrub.ts'
import type { Environment } from './session-record.ts'

/** Linux: MAX_ARG_STRLEN, for one argument or one K=V with its NUL. */
const STRING_MAX_BYTES = 128 * 1024
/** The kernel keeps a pointer to each string. */
const POINTER_BYTES = 8

export interface EnvironmentRequest {
  readonly sessionId: string
  readonly socketPath: string
  /** What the session starts from when its caller brought no environment: that of a login shell. */
  readonly base: Environment
  /** Asked for: additions to `base`, or all of the caller's own. */
  readonly additions: Environment
  /** Of the env sets. They come last: nothing that was inherited or typed hides a value of theirs. */
  readonly secrets: readonly SpawnSecret[]
  readonly scrub: Scrub
}

export interface SessionEnvironment {
  readonly variables: Environment
  /** Of `additions`, what may reach a session. The rest is not stored either. */
  readonly additions: Environment
  /** Those that reached `variables`. */
  readonly secrets: readonly SpawnSecret[]
  /** Sentences about what was asked for and is not there; names only. */
  readonly warnings: readonly string[]
}

/** SPEC S1, S7, E3. */
export const sessionEnvironment = (request: EnvironmentRequest): SessionEnvironment => {
  const { base, additions, scrub } = request
  const inherited = Object.entries(base).filter(([name]) => !isAlwaysRemoved(name) && !scrub.inherited.has(name))
  const passes = (name: string) => !isAlwaysRemoved(name) && !scrub.given.has(name)
  const added = Object.fromEntries(Object.entries(additions).filter(([name]) => passes(name)))
  const secrets = request.secrets.filter(({ name }) => passes(name))
  const variables = {
    ...Object.fromEntries(inherited),
    ...added,
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    SALLYPORT_SOCKET: request.socketPath,
    SALLYPORT_SESSION: request.sessionId,
    ...(secrets.length === 0 ? {} : { [ENV_SET_NAMES_VARIABLE]: secrets.map(({ name }) => name).join(',') }),
    ...Object.fromEntries(secrets.map(({ name, value }) => [name, value])),
  }
  return { variables, additions: added, secrets, warnings: warnings(request) }
}

const warnings = ({ additions, secrets, scrub }: EnvironmentRequest): string[] => {
  const asked = [...new Set([...Object.keys(additions), ...secrets.map(({ name }) => name)])]
  const removed = asked.filter(isAlwaysRemoved)
  const billed = asked.filter((name) => scrub.given.has(name))
  return [
    ...(removed.length === 0 ? [] : [`${removed.join(', ')} is not passed on to a session.`]),
    ...(billed.length === 0
      ? []
      : [`Not passed on, because the subscription is billed, not the API: ${billed.join(', ')}.`]),
  ]
}

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
