import { isLive } from '@sallyport/contract/session-state'
import { removeSessionLog } from '@sallyport/session-log/retention'
import { AppError } from '../../errors.ts'
import type { Caller } from './caller.ts'
import { type EndDependencies, endNow } from './end-session.ts'
import { sessionLogDirectory } from './output-cursor.ts'
import type { SessionStore } from './session.store.ts'

export interface RemoveDependencies extends EndDependencies {
  readonly store: SessionStore
  readonly dataDir: string
}

/** `session.remove`: the row and every byte of the log. @throws AppError `conflict` for a live session without `force` */
export const removeSession = async (
  deps: RemoveDependencies,
  { session, force }: { readonly session: string; readonly force: boolean },
  caller: Caller,
): Promise<{ id: string }> => {
  const entry = await deps.sessions.find(session)
  if (isLive(entry.state) && !force) {
    throw new AppError('conflict', `${entry.name} is running. Stop it first, or remove it with force.`)
  }
  await caller.audit.commit({ target: entry.name, session: entry.id })
  await endNow(deps, entry, 0)
  await discardSession(deps, entry.id)
  return { id: entry.id }
}

/** `session.removeEnded`, as one audit row with a count. */
export const removeEnded = async (deps: RemoveDependencies, caller: Caller): Promise<{ removed: number }> => {
  await deps.sessions.ready()
  const ended = [...deps.sessions.entries.values()].filter(({ state }) => !isLive(state))
  await caller.audit.commit({ target: 'all that have ended', count: ended.length })
  for (const { id } of ended) await discardSession(deps, id)
  return { removed: ended.length }
}

/** The row first: a log without a row is found by nobody, a row without a log would promise output that is gone. */
export const discardSession = async (
  { store, sessions, dataDir }: Omit<RemoveDependencies, 'keeper'>,
  id: string,
): Promise<void> => {
  await store.remove(id)
  sessions.removed(id)
  await removeSessionLog(sessionLogDirectory(dataDir, id))
}
