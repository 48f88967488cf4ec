import type { Session } from '@sallyport/contract/session'
import type { Caller } from './caller.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { Reservations } from './reservations.ts'
import type { SessionStore } from './session.store.ts'
import { sessionView } from './session-record.ts'

export interface RenameDependencies {
  readonly sessions: LiveSessions
  readonly reservations: Reservations
  readonly store: SessionStore
}

/** `session.rename`. @throws AppError `conflict` when a live session has the name */
export const renameSession = async (
  { sessions, reservations, store }: RenameDependencies,
  { session, name }: { readonly session: string; readonly name: string },
  { audit }: Caller,
): Promise<{ session: Session }> => {
  const entry = await sessions.find(session)
  audit.describe({ target: `${entry.name} to ${name}`, session: entry.id })
  if (entry.name === name) return { session: sessionView(entry) }
  const reservation = reservations.name(name)
  try {
    await store.rename(entry.id, name)
    return { session: sessionView(sessions.renamed(entry.id, name)) }
  } finally {
    reservation.release()
  }
}
