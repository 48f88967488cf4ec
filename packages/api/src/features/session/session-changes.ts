import type { SessionChange } from '@sallyport/contract/session'
import { type SessionEntry, sessionSummary } from './session-record.ts'

/** Byte counts of a flooding session change thousands of times a second; a list redraws ten times. */
const CHURN_DELAY_MS = 100

/**
 * Pushes changes to every subscriber. What waits for a slow one is a set of ids, so it is bounded by the number of sessions and several changes of one
 * session are one: the state at the moment of sending.
 */
export interface SessionChanges {
  /** `urgent`: a person waits for it (state, name); else it may be up to 100 ms late (bytes, viewers). */
  touch(id: string, urgency: 'urgent' | 'churn'): void
  /** Everything first, then what changes, until `signal` aborts. */
  subscribe(signal: AbortSignal): AsyncGenerator<SessionChange, void>
}

interface Subscriber {
  readonly pending: Set<string>
  wake: () => void
}

export const createSessionChanges = (entries: ReadonlyMap<string, SessionEntry>): SessionChanges => {
  const subscribers = new Set<Subscriber>()
  const churned = new Set<string>()

  const tell = (id: string) => {
    for (const subscriber of subscribers) {
      subscriber.pending.add(id)
      subscriber.wake()
    }
  }

  const flushChurn = () => {
    for (const id of churned) tell(id)
    churned.clear()
  }

  const current = (id: string): SessionChange => {
    const entry = entries.get(id)
    return entry === undefined ? { kind: 'removed', id } : { kind: 'changed', session: sessionSummary(entry) }
  }

  return {
    touch: (id, urgency) => {
      if (subscribers.size === 0) return
      if (urgency === 'urgent') {
        churned.delete(id)
        tell(id)
        return
      }
      if (churned.size === 0) setTimeout(flushChurn, CHURN_DELAY_MS)
      churned.add(id)
    },

    async *subscribe(signal) {
      const subscriber: Subscriber = { pending: new Set(), wake: () => undefined }
      const wake = () => subscriber.wake()
      subscribers.add(subscriber)
      signal.addEventListener('abort', wake)
      try {
        yield { kind: 'snapshot', sessions: [...entries.values()].map(sessionSummary) }
        while (!signal.aborted) {
          const [id] = subscriber.pending
          if (id === undefined) {
            await new Promise<void>((resolve) => {
              subscriber.wake = resolve
            })
            continue
          }
          subscriber.pending.delete(id)
          yield current(id)
        }
      } finally {
        signal.removeEventListener('abort', wake)
        subscribers.delete(subscriber)
      }
    },
  }
}
