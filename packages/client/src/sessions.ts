import type { Session, SessionChange } from '@sallyport/contract/session'
import type { SallyportClient } from './client.ts'
import { subscribeEndlessly } from './endless-subscription.ts'

export interface SessionHandlers {
  /** Everything there is; again after every loss of the connection. */
  snapshot(sessions: readonly Session[]): void
  changed(session: Session): void
  removed(id: string): void
  /** The list is no longer current until the next snapshot. */
  interrupted?(): void
  failed(error: unknown): void
}

/** `session.changes` as one unbroken stream. Returns what ends it. */
export const followSessions = (client: SallyportClient, handlers: SessionHandlers): (() => void) => {
  const received = (change: SessionChange): void => {
    if (change.kind === 'snapshot') handlers.snapshot(change.sessions)
    else if (change.kind === 'changed') handlers.changed(change.session)
    else handlers.removed(change.id)
  }
  const subscription = subscribeEndlessly({
    interrupted: () => handlers.interrupted?.(),
    failed: handlers.failed,
    start: (ends) => {
      const { unsubscribe } = client.session.changes.subscribe(undefined, {
        onData: (change) => {
          subscription.healthy()
          received(change)
        },
        onConnectionStateChange: ({ state }) => {
          if (state === 'connecting') handlers.interrupted?.()
        },
        onStopped: ends.stopped,
        onError: ends.failed,
      })
      return unsubscribe
    },
  })
  return subscription.stop
}
