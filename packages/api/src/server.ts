import { CLOSE_REVOKED } from '@sallyport/contract/close-code'
import { type Actor, hasRole } from './access/actor.ts'
import type { ApiDependencies } from './api-dependencies.ts'
import type { AuditEvent } from './audit/audit-event.ts'
import type { Connection } from './connection.ts'
import type { Context } from './context.ts'
import type { SessionService } from './features/session/session-service.ts'
import { createMeters } from './limits/connection-meter.ts'
import { appRouter } from './router.ts'
import { createServices } from './services.ts'

/** RFC 6455, 7.4.1: an unexpected condition. The client connects again. */
const CLOSE_TRY_AGAIN = 1011

/** The API as a listener sees it. */
export interface Api {
  readonly router: typeof appRouter
  /** Cheap, synchronous, never throws: a WebSocket whose context fails makes clients reconnect in a loop. One per HTTP request, one per WebSocket. */
  createContext(connection: Connection): Context
  /** Who this is, now: for the 401 before a WebSocket upgrade (W12) and for the size of a body. Rejects when the database cannot be used. */
  authenticate(connection: Connection): Promise<Actor>
  /** Call when a WebSocket is open and the result when it has closed: revocation closes it in between (A9). */
  connectionOpened(connection: Connection): () => void
  readonly downloadLog: SessionService['downloadLog']
  /** For listeners and the gate, which refuse before there is a call: folded into one row per peer, event and minute (L1). */
  recordRefusal(refusal: {
    readonly event: Extract<AuditEvent, 'peer.refused' | 'request.refused'>
    readonly address: string
    readonly reason: string
    readonly target?: string
  }): void
  /** The daemon's own acts: started, stopped by a signal. Resolves when the row is committed. */
  recordDaemon(event: Extract<AuditEvent, `daemon.${string}`>, reason?: string): Promise<void>
  /** Mode `accounts` before anybody has set a password: what `sallyport password` prints (A4). Null: signing in needs no such thing. */
  firstRunPassword(): Promise<string | null>
  /** Resolves when calls can be served: the database is open and up to date, sign-ins are loaded (`/readyz`). */
  ready(): Promise<void>
  /** Ends streams and writes what waits. The database and the keeper belong to the caller. */
  close(): Promise<void>
}

export const createApi = (deps: ApiDependencies): Api => {
  const { services, core, authSessions, connections, firstRunPassword, close } = createServices(deps)
  const meterOf = createMeters(deps.clock)

  return {
    router: appRouter,
    createContext: (connection) => ({ connection, meter: meterOf(connection), core, services }),
    authenticate: core.authenticate,
    connectionOpened: (connection) => {
      if (connection.transport === 'unix') return () => undefined
      let untrack: (() => void) | 'closed' = () => undefined
      const track = async (): Promise<void> => {
        const actor = await core.authenticate(connection)
        if (untrack === 'closed') return
        if (actor.kind === 'user') untrack = connections.opened(actor.authSessionId, connection)
        // It died between the upgrade and now: nobody else would close this one. In mode off there is nothing that could die.
        else if (!hasRole(actor, 'viewer')) connection.close(CLOSE_REVOKED, 'not signed in')
      }
      track().catch((error: unknown) => {
        deps.log.error('a WebSocket could not be authenticated', { error })
        connection.close(CLOSE_TRY_AGAIN, 'the daemon cannot check the sign-in right now')
      })
      return () => {
        if (untrack !== 'closed') untrack()
        untrack = 'closed'
      }
    },
    downloadLog: services.session.downloadLog,
    recordRefusal: ({ target, ...refusal }) =>
      core.refusals.record({ ...refusal, actor: 'anonymous', target: target ?? null }),
    recordDaemon: (event, reason) =>
      core.audit.write({
        actor: 'system',
        event,
        target: null,
        outcome: event === 'daemon.failed' ? 'failed' : 'ok',
        session: null,
        reason: reason ?? null,
        address: null,
        count: 1,
      }),
    firstRunPassword,
    ready: async () => {
      await authSessions.ready()
      await services.session.ready()
    },
    close,
  }
}
