import { randomBytes } from 'node:crypto'
import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import type { createSessionInput, Session } from '@sallyport/contract/session'
import type { z } from 'zod'
import { actorLabel } from '../../access/actor.ts'
import type { Clock } from '../../api-dependencies.ts'
import { AppError } from '../../errors.ts'
import type { KeeperPort, KeptSession, SpawnSession } from '../../keeper-port.ts'
import type { Caller } from './caller.ts'
import type { LiveSessions } from './live-sessions.ts'
import { type PlanDependencies, planSpawn } from './plan-spawn.ts'
import type { ProviderRegistry } from './providers/provider-registry.ts'
import type { NameWish, Reservations } from './reservations.ts'
import { requireDirectory } from './resolve-program.ts'
import type { SessionStore } from './session.store.ts'
import { type SessionEnvSets, withEnvSets } from './session-env-sets.ts'
import { nameOfProgram } from './session-name.ts'
import { type SessionRecord, sessionView } from './session-record.ts'

export type CreateRequest = z.output<typeof createSessionInput>

export interface CreateDependencies extends PlanDependencies {
  readonly sessions: LiveSessions
  readonly reservations: Reservations
  readonly store: SessionStore
  readonly keeper: KeeperPort
  readonly providers: ProviderRegistry
  readonly envSets: SessionEnvSets
  readonly clock: Clock
}

export interface CreateCall {
  readonly caller: Caller
  /** A session that is run again: under its name if that is free, and its command is whole. */
  readonly again?: Pick<SessionRecord, 'name' | 'command'>
}

export interface CreatedSession {
  readonly session: Session
  readonly warnings: string[]
}

/**
 * `session.create`. Everything that can be known to fail fails before there is a session; the audit row is committed before the program runs.
 */
export const createSession = async (
  deps: CreateDependencies,
  request: CreateRequest,
  { caller, again }: CreateCall,
): Promise<CreatedSession> => {
  await deps.sessions.ready()
  const provider = deps.providers.find(request.provider)
  const command = again?.command ?? [...provider.command, ...request.command]
  const cwd = request.cwd ?? deps.osUser.home
  await requireDirectory(cwd)

  return withEnvSets(deps.envSets, request.envSets, async ({ sets, secrets }) => {
    const plan = { id: newSessionId(), provider, command, cwd, request, secrets }
    const { spawn, stored, warnings } = await planSpawn(deps, plan)
    const reservation = deps.reservations.session(
      again === undefined ? nameWish(request, command[0] ?? deps.osUser.shell) : { like: again.name },
    )
    const { billing } = request
    const described = { provider: provider.id, command, billing, envSets: sets, name: reservation.name }
    const record = newRecord(spawn, described, deps.clock.now())
    try {
      await deps.store.insert(record, { environment: stored, startedBy: actorLabel(caller.actor) })
      deps.sessions.add(record)
    } finally {
      reservation.release()
    }

    const kept = await startProgram(deps, { record, spawn, caller })
    const entry = deps.sessions.started(kept)
    await deps.store.recordRunning(record.id, deps.keeper.pid)
    return { session: sessionView(entry), warnings: [...warnings] }
  })
}

const startProgram = async (
  deps: CreateDependencies,
  { record, spawn, caller }: { readonly record: SessionRecord; readonly spawn: SpawnSession; readonly caller: Caller },
): Promise<KeptSession> => {
  const { id, name } = record
  const setIds = record.envSets.map((set) => set.id)
  try {
    if (setIds.length > 0) await deps.envSets.used(setIds, id)
    await caller.audit.commit({ target: name, session: id })
    return await deps.keeper.spawn(spawn)
  } catch (error) {
    await deps.sessions.failed(id)
    if (error instanceof AppError) throw error
    throw new AppError('unavailable', 'The session could not be started. The log of the daemon says more.', {
      cause: error,
    })
  }
}

const nameWish = ({ name }: CreateRequest, program: string): NameWish =>
  name === undefined ? { like: nameOfProgram(program) } : { exactly: name }

const newRecord = (
  { id, cwd, cols, rows }: SpawnSession,
  described: Pick<SessionRecord, 'name' | 'provider' | 'command' | 'billing' | 'envSets'>,
  createdAt: number,
): SessionRecord => ({
  id,
  ...described,
  cwd,
  state: 'starting',
  exitCode: null,
  signal: null,
  createdAt,
  endedAt: null,
  cols,
  rows,
  logBytes: 0,
})

/** 32 divides 256, so the characters are evenly distributed. */
const newSessionId = (): string =>
  Array.from(randomBytes(ID_LENGTH), (byte) => ID_ALPHABET.charAt(byte % ID_ALPHABET.length)).join('')
