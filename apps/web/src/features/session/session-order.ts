import type { Session } from '@sallyport/contract/session'
import { isLive } from '@sallyport/contract/session-state'

/** What a person looks for: `all`, those that run, those that ended. */
export type StateFilter = 'all' | 'live' | 'ended'

export interface ListFilter {
  readonly text: string
  readonly state: StateFilter
}

export const matches = (session: Session, filter: ListFilter): boolean => {
  if (filter.state !== 'all' && isLive(session.state) !== (filter.state === 'live')) return false
  const words = filter.text.toLowerCase().split(/\s+/)
  const text = [session.name, session.id, session.cwd, ...session.command].join(' ').toLowerCase()
  return words.every((word) => text.includes(word))
}

/** Live ones first, newest first; then ended ones, the last ended first. The id decides ties, so the order is always the same. */
const compare = (a: Session, b: Session): number => {
  const live = Number(isLive(b.state)) - Number(isLive(a.state))
  if (live !== 0) return live
  const aAt = a.endedAt ?? a.createdAt
  const bAt = b.endedAt ?? b.createdAt
  if (aAt !== bAt) return aAt < bAt ? 1 : -1
  return a.id < b.id ? -1 : 1
}

export interface ListOrder {
  /** Ids in the order of the rows. */
  readonly ids: readonly string[]
  /** Sessions that belong in the list but are held back until the rows may move. */
  readonly waiting: number
}

/**
 * SPEC D4: nothing moves under the cursor. While `held` (the pointer is over the rows, or one has the focus) rows keep their places, even those
 * whose session ended or was removed, and new ones wait; otherwise the list is sorted anew.
 */
export const orderSessions = (
  before: readonly string[],
  sessions: Readonly<Record<string, Session>>,
  options: { readonly filter: ListFilter; readonly held: boolean },
): ListOrder => {
  const sorted = Object.values(sessions)
    .filter((session) => matches(session, options.filter))
    .sort(compare)
    .map((session) => session.id)
  if (!options.held) return { ids: sorted, waiting: 0 }
  const shown = new Set(before)
  return { ids: before, waiting: sorted.filter((id) => !shown.has(id)).length }
}
