import type { EnvSetUsage } from '@sallyport/contract/env-set'
import type { Session } from '@sallyport/contract/session'
import { isLive } from '@sallyport/contract/session-state'
import type { EnvSetStore } from './env-set.store.ts'

/** The sessions that the daemon knows, live and ended. */
export type ListSessions = () => Promise<readonly Pick<Session, 'id' | 'name' | 'state' | 'createdAt' | 'endedAt'>[]>

/** Which sessions were started with which set (E5). */
export interface Usage {
  /** Live ones first, of each kind the newest first. A session that was removed is not listed any more. */
  of(setId: string): Promise<EnvSetUsage['sessions']>
  /** By set; absent: none. */
  liveCounts(): Promise<ReadonlyMap<string, number>>
}

export const createUsage = ({
  store,
  sessions,
}: {
  readonly store: EnvSetStore
  readonly sessions: ListSessions
}): Usage => ({
  of: async (setId) => {
    const used = new Set(await (await store.read()).sessionIdsOf(setId))
    return (await sessions())
      .filter(({ id }) => used.has(id))
      .map(({ id, name, state, createdAt, endedAt }) => ({ id, name, state, live: isLive(state), createdAt, endedAt }))
      .sort((a, b) => Number(b.live) - Number(a.live) || Date.parse(b.createdAt) - Date.parse(a.createdAt))
  },
  liveCounts: async () => {
    const live = (await sessions()).filter(({ state }) => isLive(state))
    return (await store.read()).countUses(live.map(({ id }) => id))
  },
})
