import { randomBytes } from 'node:crypto'
import { createAuthenticate } from './access/authenticate.ts'
import type { ApiDependencies } from './api-dependencies.ts'
import { createAuditLog } from './audit/audit-log.ts'
import { createRefusalFold } from './audit/refusal-fold.ts'
import type { Core } from './context.ts'
import { type AdminService, createAdminService } from './features/admin/admin-service.ts'
import { listAuditRows } from './features/admin/audit.store.ts'
import { createAuth } from './features/auth/auth-feature.ts'
import type { AuthService } from './features/auth/auth-service.ts'
import type { AuthSessions } from './features/auth/auth-sessions/auth-sessions.ts'
import { createEnvSets, type EnvSetService } from './features/env-set/env-set-service.ts'
import { createSessionService, type SessionService } from './features/session/session-service.ts'
import { createSlots } from './limits/slots.ts'
import { createOpenConnections, type OpenConnections } from './open-connections.ts'

/** What the routers call: one service per feature. */
export interface Services {
  readonly auth: AuthService
  readonly session: SessionService
  readonly envSet: EnvSetService
  readonly admin: AdminService
}

export interface Wiring {
  readonly services: Services
  readonly core: Core
  readonly authSessions: AuthSessions
  readonly connections: OpenConnections
  firstRunPassword(): Promise<string | null>
  close(): Promise<void>
}

/** The wiring, top to bottom. A feature gets the functions that it needs from here and never imports another. */
export const createServices = (deps: ApiDependencies): Wiring => {
  const { clock, log, database, config, keeper, daemon } = deps

  const audit = createAuditLog({ database, clock, log })
  const refusals = createRefusalFold({ audit, clock, log })
  const connections = createOpenConnections()

  const auth = createAuth({
    deps,
    audit,
    refusals,
    onEnded: connections.authSessionEnded,
    reconnect: connections.reconnect,
  })

  const envSets = createEnvSets({
    clock,
    log,
    database,
    audit,
    installId: deps.installId,
    masterKeys: deps.masterKeys,
    random: (size) => randomBytes(size),
    sessions: async () => (await session.list()).sessions,
  })

  const session = createSessionService({
    envSets,
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
    services: { auth: auth.service, session, envSet: envSets.service, admin },
    core: {
      clock,
      log,
      audit,
      refusals,
      authenticate: createAuthenticate({
        osUser: deps.osUser.name,
        isOpen: config.auth.mode === 'off',
        authSessions: auth.authSessions,
        findOnboarding: auth.findOnboarding,
      }),
    },
    authSessions: auth.authSessions,
    connections,
    firstRunPassword: auth.firstRunPassword,
    // Sessions first: their last rows still have a log to go to.
    close: async () => {
      auth.close()
      await session.close()
      await refusals.close()
      await audit.close()
    },
  }
}
