import type { SessionChange } from '@sallyport/contract/session'
import { createSessionChanges } from './session-changes.ts'
import type { SessionEntry } from './session-record.ts'

/** The sessions in memory, and everybody who waits for a change of one. Entries are replaced, never changed in place. */
export interface SessionTable {
  readonly entries: ReadonlyMap<string, SessionEntry>
  set(entry: SessionEntry): void
  /** `churn`: bytes and viewers, which nobody waits for. Returns the new entry; undefined when there is no such session. */
  readonly update: (id: string, change: Partial<SessionEntry>, urgency?: 'urgent' | 'churn') => SessionEntry | undefined
  remove(id: string): void
  /** Resolves with the session once it is so, now or later; with undefined when it is removed before that. */
  when(id: string, fits: (session: SessionEntry) => boolean): Promise<SessionEntry | undefined>
  /** Everything first, then what changes, until `signal` aborts. */
  subscribe(signal: AbortSignal): AsyncGenerator<SessionChange, void>
}

export const createSessionTable = (): SessionTable => {
  const entries = new Map<string, SessionEntry>()
  const changes = createSessionChanges(entries)
  const waitingFor = new Map<string, Set<() => void>>()

  const touch = (id: string, urgency: 'urgent' | 'churn') => {
    changes.touch(id, urgency)
    if (urgency === 'urgent') for (const check of [...(waitingFor.get(id) ?? [])]) check()
  }

  return {
    entries,
    subscribe: changes.subscribe,
    set: (entry) => {
      entries.set(entry.id, entry)
      touch(entry.id, 'urgent')
    },
    update: (id, change, urgency = 'urgent') => {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      const updated = { ...entry, ...change }
      entries.set(id, updated)
      touch(id, urgency)
      return updated
    },
    remove: (id) => {
      entries.delete(id)
      touch(id, 'urgent')
    },
    when: (id, fits) =>
      new Promise((resolve) => {
        const waiting = waitingFor.get(id) ?? new Set()
        const check = () => {
          const entry = entries.get(id)
          if (entry !== undefined && !fits(entry)) return
          waiting.delete(check)
          if (waiting.size === 0) waitingFor.delete(id)
          resolve(entry)
        }
        waitingFor.set(id, waiting.add(check))
        check()
      }),
  }
}
