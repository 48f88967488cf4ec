import type { Session } from '@sallyport/contract/session'
import { isLive } from '@sallyport/contract/session-state'
import { AppError } from '../../errors.ts'
import type { KeeperPort } from '../../keeper-port.ts'
import type { Caller } from './caller.ts'
import type { LiveSessions } from './live-sessions.ts'
import { type SessionEntry, sessionView } from './session-record.ts'

/** SPEC S4: SIGTERM to the process group, then SIGKILL. */
export const STOP_GRACE_MS = 10_000

export interface EndDependencies {
  readonly sessions: LiveSessions
  readonly keeper: KeeperPort
}

/** `session.stop` and, without grace, `session.kill`. One that has ended already stays as it is. */
export const endSession = async (
  deps: EndDependencies,
  { ref, graceMs, caller }: { readonly ref: string; readonly graceMs: number; readonly caller: Caller },
): Promise<{ session: Session }> => {
  const entry = await deps.sessions.find(ref)
  await caller.audit.commit({ target: entry.name, session: entry.id })
  await endNow(deps, entry, graceMs)
  return { session: sessionView(deps.sessions.entries.get(entry.id) ?? entry) }
}

/** Resolves when the session has ended. */
export const endNow = async (
  { sessions, keeper }: EndDependencies,
  entry: SessionEntry,
  graceMs: number,
): Promise<void> => {
  if (!isLive(entry.state)) return
  if (entry.state === 'starting') throw new AppError('conflict', `${entry.name} is still starting.`)
  const { id } = entry
  const hasEnded = ({ state }: SessionEntry) => !isLive(state)
  sessions.endRequested(id)
  try {
    await (graceMs === 0 ? keeper.signal(id, 'SIGKILL') : keeper.stop(id, graceMs))
  } catch (error) {
    // It ended by itself just before, and the keeper has forgotten it.
    const now = sessions.entries.get(id)
    if (now !== undefined && !hasEnded(now)) throw error
  }
  await sessions.when(id, hasEnded)
}
