import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import type { createSessionInput, Session } from '@sallyport/contract/session'
import type { z } from 'zod'
import { actorLabel } from '../../access/actor.ts'
import type { ApiDependencies, Clock } from '../../api-dependencies.ts'
import { AppError } from '../../errors.ts'
import type { KeeperPort, KeptSession, SpawnSession } from '../../keeper-port.ts'
import type { Caller } from './caller.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { NameWish, Reservations } from './reservations.ts'
import { requireDirectory, resolveProgram } from './resolve-program.ts'
import type { SessionStore } from './session.store.ts'
import { isRemoved, requireSpawnable, sessionEnvironment } from './session-environment.ts'
import { nameOfProgram } from './session-name.ts'
import { type SessionRecord, sessionView } from './session-record.ts'

export type CreateRequest = z.output<typeof createSessionInput>

export interface CreateDependencies
  extends Pick<ApiDependencies, 'osUser' | 'loginEnvironment' | 'umask' | 'socketPath'> {
  readonly sessions: LiveSessions
  readonly reservations: Reservations
  readonly store: SessionStore
  readonly keeper: KeeperPort
  readonly clock: Clock
}

export interface CreatedSession {
  readonly session: Session
  readonly warnings: string[]
}

/**
 * `session.create`. Everything that can be known to fail fails before there is a session; the audit row is committed before the program runs.
 * `wish` is for a session that is run again.
 */
export const createSession = async (
  deps: CreateDependencies,
  request: CreateRequest,
  { caller, wish }: { readonly caller: Caller; readonly wish?: NameWish },
): Promise<CreatedSession> => {
  await deps.sessions.ready()
  const spawn = await planSpawn(deps, request)
  const reservation = deps.reservations.session(wish ?? nameWish(deps, request))
  const record = newRecord(deps, { request, spawn, name: reservation.name })
  try {
    await deps.store.insert(record, { environment: storedEnvironment(request), startedBy: actorLabel(caller.actor) })
    deps.sessions.add(record)
  } finally {
    reservation.release()
  }

  const kept = await startProgram(deps, { record, spawn, caller })
  const entry = deps.sessions.started(kept)
  await deps.store.recordRunning(record.id, deps.keeper.pid)
  return { session: sessionView(entry), warnings: warnings(request) }
}

const startProgram = async (
  deps: CreateDependencies,
  { record, spawn, caller }: { readonly record: SessionRecord; readonly spawn: SpawnSession; readonly caller: Caller },
): Promise<KeptSession> => {
  try {
    await caller.audit.commit({ target: record.name, session: record.id })
    return await deps.keeper.spawn(spawn)
  } catch (error) {
    await deps.sessions.failed(record.id)
    if (error instanceof AppError) throw error
    throw new AppError('unavailable', 'The session could not be started. The log of the daemon says more.', {
      cause: error,
    })
  }
}

const planSpawn = async (deps: CreateDependencies, request: CreateRequest): Promise<SpawnSession> => {
  const { provider, command, cols, rows, cwd = deps.osUser.home, umask = deps.umask } = request
  const id = newSessionId()
  const additions = request.env ?? {}
  const base = request.envIsComplete ? {} : await deps.loginEnvironment()
  const env = sessionEnvironment({ sessionId: id, socketPath: deps.socketPath, base, additions })
  await requireDirectory(cwd)
  const common = { id, cwd, env, umask, cols, rows }

  const [program, ...args] = provider === 'shell' ? [deps.osUser.shell] : command
  if (program === undefined) throw new AppError('bad_request', 'There is no command.')
  const file = await resolveProgram(program, cwd, env.PATH)
  requireSpawnable([program, ...args], env)
  // A dash in front of its name makes a shell a login shell (POSIX login, bash(1) INVOCATION).
  return provider === 'shell' ? { ...common, file, args, argv0: `-${basename(file)}` } : { ...common, file, args }
}

const nameWish = (deps: CreateDependencies, { name, provider, command }: CreateRequest): NameWish => {
  if (name !== undefined) return { exactly: name }
  return { like: nameOfProgram(provider === 'shell' ? deps.osUser.shell : (command[0] ?? '')) }
}

const newRecord = (
  { clock }: CreateDependencies,
  { request, spawn, name }: { readonly request: CreateRequest; readonly spawn: SpawnSession; readonly name: string },
): SessionRecord => ({
  id: spawn.id,
  name,
  provider: request.provider,
  command: request.command,
  cwd: spawn.cwd,
  state: 'starting',
  exitCode: null,
  signal: null,
  createdAt: clock.now(),
  endedAt: null,
  cols: spawn.cols,
  rows: spawn.rows,
  logBytes: 0,
})

const storedEnvironment = ({ env = {}, envIsComplete, umask }: CreateRequest) => ({
  isComplete: envIsComplete,
  variables: env,
  ...(umask === undefined ? {} : { umask }),
})

const warnings = ({ env = {} }: CreateRequest): string[] => {
  const removed = Object.keys(env).filter(isRemoved)
  return removed.length === 0 ? [] : [`${removed.join(', ')} is not passed on to a session.`]
}

/** 32 divides 256, so the characters are evenly distributed. */
const newSessionId = (): string =>
  Array.from(randomBytes(ID_LENGTH), (byte) => ID_ALPHABET.charAt(byte % ID_ALPHABET.length)).join('')
