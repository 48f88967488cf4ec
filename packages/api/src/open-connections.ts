import { CLOSE_REVOKED } from '@sallyport/contract/close-code'
import type { Connection } from './connection.ts'

/** RFC 6455 registry, 1012: service restart; clients connect again. */
const CLOSE_COME_BACK = 1012
/** A9 allows a second. */
const RECONNECT_AFTER_MS = 500

/**
 * The live WebSockets of each auth session, and what else must end with it. A revoked credential fails at its next call anyway; this is what reaches a
 * page that only watches (SPEC A9).
 */
export interface OpenConnections {
  opened(authSessionId: string, connection: Connection): () => void
  /** Closes all of it with 4401 and tells the listeners. */
  authSessionEnded(authSessionId: string, reason: string): void
  /**
   * Closes all of it so that it comes back, with the cookie of now: who holds only an old one stays outside. In a moment, because the answer that brings the new cookie
   * is still on its way.
   */
  reconnect(authSessionId: string): void
  /** For streams that are no WebSocket, such as a log download. Returns how to stop listening. */
  onAuthSessionEnded(listener: (authSessionId: string) => void): () => void
}

export const createOpenConnections = (): OpenConnections => {
  const byAuthSession = new Map<string, Set<Connection>>()
  const listeners = new Set<(authSessionId: string) => void>()

  return {
    opened: (authSessionId, connection) => {
      const open = byAuthSession.get(authSessionId) ?? new Set()
      open.add(connection)
      byAuthSession.set(authSessionId, open)
      return () => {
        open.delete(connection)
        if (open.size === 0 && byAuthSession.get(authSessionId) === open) byAuthSession.delete(authSessionId)
      }
    },
    authSessionEnded: (authSessionId, reason) => {
      const open = byAuthSession.get(authSessionId)
      byAuthSession.delete(authSessionId)
      for (const connection of open ?? []) connection.close(CLOSE_REVOKED, reason)
      for (const listener of listeners) listener(authSessionId)
    },
    reconnect: (authSessionId) => {
      const open = [...(byAuthSession.get(authSessionId) ?? [])]
      setTimeout(() => {
        for (const connection of open) connection.close(CLOSE_COME_BACK, 'sign-in renewed')
      }, RECONNECT_AFTER_MS).unref()
    },
    onAuthSessionEnded: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
