import type { KeeperEvent, KeptSession } from '@sallyport/keeper-protocol/keeper-router'

/** Changes of sessions for any number of subscribers. A slow one gets the last state of each session, never a backlog. */
export interface EventFeed {
  changed(session: KeptSession): void
  subscribe(snapshot: () => KeptSession[], signal: AbortSignal): AsyncIterable<KeeperEvent>
}

interface Subscriber {
  readonly waiting: Map<string, KeptSession>
  wake(): void
}

export const createEventFeed = (): EventFeed => {
  const subscribers = new Set<Subscriber>()

  const next = (subscriber: Subscriber, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (subscriber.waiting.size > 0 || signal.aborted) resolve()
      else subscriber.wake = resolve
    })

  async function* subscribe(snapshot: () => KeptSession[], signal: AbortSignal): AsyncGenerator<KeeperEvent> {
    const subscriber: Subscriber = { waiting: new Map(), wake: () => undefined }
    const onAbort = () => subscriber.wake()
    signal.addEventListener('abort', onAbort)
    subscribers.add(subscriber)
    try {
      yield { kind: 'snapshot', sessions: snapshot() }
      while (!signal.aborted) {
        await next(subscriber, signal)
        for (const [id, session] of subscriber.waiting) {
          subscriber.waiting.delete(id)
          yield { kind: 'changed', session }
        }
      }
    } finally {
      subscribers.delete(subscriber)
      signal.removeEventListener('abort', onAbort)
    }
  }

  return {
    changed: (session) => {
      for (const subscriber of subscribers) {
        subscriber.waiting.set(session.id, session)
        subscriber.wake()
      }
    },
    subscribe,
  }
}
