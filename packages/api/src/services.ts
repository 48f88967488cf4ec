import { randomBytes } from 'node:crypto'
import { deriveKey } from '@sallyport/crypto/derive'
import { Secret } from '@sallyport/crypto/secret'
import { authenticate } from './access/authenticate.ts'
import type { ApiDependencies } from './api-dependencies.ts'
import { createAuditLog } from './audit/audit-log.ts'
import { createRefusalFold } from './audit/refusal-fold.ts'
import type { Core } from './context.ts'
import { type AdminService, createAdminService } from './features/admin/admin-service.ts'
import { listAuditRows } from './features/admin/audit.store.ts'
import { type AuthService, createAuthService } from './features/auth/auth-service.ts'
import { createAuthSessionStore } from './features/auth/auth-session.store.ts'
import { type AuthSessions, createAuthSessions } from './features/auth/auth-sessions.ts'
import { createLaunchFiles } from './features/auth/launch-files.ts'
import { createLaunchTickets } from './features/auth/launch-tickets.ts'
import { createSessionService, type SessionService } from './features/session/session-service.ts'
import { createFailedAttempts } from './limits/failed-attempts.ts'
import { limits } from './limits/limits.ts'
import { createSlots } from './limits/slots.ts'
import { createOpenConnections, type OpenConnections } from './open-connections.ts'

/** What the routers call: one service per feature. */
export interface Services {
  readonly auth: AuthService
  readonly session: SessionService
  readonly admin: AdminService
}

export interface Wiring {
  readonly services: Services
  readonly core: Core
  readonly authSessions: AuthSessions
  readonly connections: OpenConnections
  close(): Promise<void>
}

/** The wiring, top to bottom. A feature gets the functions that it needs from here and never imports another. */
export const createServices = (deps: ApiDependencies): Wiring => {
  const { clock, log, database, config, keeper, daemon } = deps
  const random = (size: number): Uint8Array => randomBytes(size)

  const audit = createAuditLog({ database, clock, log })
  const refusals = createRefusalFold({ audit, clock, log })
  const connections = createOpenConnections()

  const authSessions = createAuthSessions({
    store: createAuthSessionStore(database, clock),
    clock,
    log,
    random,
    tokenKey: new Secret(deriveKey(deps.installKey, 'auth-session-token/1')),
    osUser: deps.osUser.name,
    durationMs: config.authSessionDurationMs,
    idleTimeoutMs: config.authIdleTimeoutMs,
    audit,
    onEnded: connections.authSessionEnded,
  })
  const launchFiles = createLaunchFiles({ directory: deps.dataDir, random })
  const auth = createAuthService({
    authSessions,
    tickets: createLaunchTickets({
      clock,
      random,
      key: new Secret(deriveKey(deps.installKey, 'launch-ticket/1')),
    }),
    launchFiles,
    ticketFailures: createFailedAttempts(clock, limits.ticketFailures),
    daemonUrl: daemon.url,
  })

  const session = createSessionService({
    clock,
    log,
    database,
    keeper,
    audit,
    config,
    slots: createSlots(config.maxStreams, config.maxStreamsPerAuthSession),
    onAuthSessionEnded: connections.onAuthSessionEnded,
    dataDir: deps.dataDir,
    socketPath: deps.socketPath,
    osUser: deps.osUser,
    loginEnvironment: deps.loginEnvironment,
    umask: deps.umask,
  })

  const admin = createAdminService({
    daemon,
    dataDir: deps.dataDir,
    keeperPid: () => keeper.pid,
    configEntries: config.entries,
    sessionCounts: session.counts,
    auditProblem: audit.problem,
    listAuditRows: (input) => listAuditRows(database, input),
  })

  return {
    services: { auth, session, admin },
    core: {
      log,
      audit,
      refusals,
      authenticate: (connection) =>
        authenticate({ osUser: deps.osUser.name, findAuthSession: authSessions.find }, connection),
    },
    authSessions,
    connections,
    // Sessions first: their last rows still have a log to go to.
    close: async () => {
      authSessions.close()
      launchFiles.close()
      await session.close()
      await refusals.close()
      await audit.close()
    },
  }
}
