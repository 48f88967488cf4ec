import { CLOSE_REVOKED } from '@sallyport/contract/close-code'
import type { Connection } from './connection.ts'

/**
 * The live WebSockets of each auth session, and what else must end with it. A revoked credential fails at its next call anyway; this is what reaches a
 * page that only watches (SPEC A9).
 */
export interface OpenConnections {
  opened(authSessionId: string, connection: Connection): () => void
  /** Closes all of it with 4401 and tells the listeners. */
  authSessionEnded(authSessionId: string, reason: string): void
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
    onAuthSessionEnded: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
