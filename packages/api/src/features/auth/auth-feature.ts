import { randomBytes } from 'node:crypto'
import { deriveKey, type KeyPurpose } from '@sallyport/crypto/derive'
import { Secret } from '@sallyport/crypto/secret'
import type { Authentication } from '../../access/authenticate.ts'
import type { ApiDependencies } from '../../api-dependencies.ts'
import type { AuditLog } from '../../audit/audit-log.ts'
import type { RefusalFold } from '../../audit/refusal-fold.ts'
import { createFailedAttempts } from '../../limits/failed-attempts.ts'
import { limits } from '../../limits/limits.ts'
import { createSignInGuard } from '../../limits/sign-in-guard.ts'
import { type AccountDeps, createAccount } from './account/account.ts'
import { createSecurityEventStore } from './account/security-event.store.ts'
import { type AuthService, describeActor } from './auth-service.ts'
import { createAuthSessionStore } from './auth-sessions/auth-session.store.ts'
import { type AuthSessions, type AuthSessionsDeps, createAuthSessions } from './auth-sessions/auth-sessions.ts'
import { createDevices } from './auth-sessions/devices.ts'
import { createLocal } from './local/local.ts'
import { createOnboarding } from './onboarding/onboarding.ts'
import { createPasswords } from './passwords/passwords.ts'
import { createSecondFactorStore } from './second-factor/second-factor.store.ts'
import { createSecondFactors } from './second-factor/second-factors.ts'
import { createCompleteSignIn } from './sign-in/complete-sign-in.ts'
import { createPendingSignIns } from './sign-in/pending-sign-ins.ts'
import { createSignIn } from './sign-in/sign-in.ts'
import { createStepUp } from './step-up/step-up.ts'
import { createTicket } from './tickets/create-ticket.ts'
import { createLaunchFiles } from './tickets/launch-files.ts'
import { createLaunchTickets } from './tickets/launch-tickets.ts'
import { redeemTicket } from './tickets/redeem-ticket.ts'
import { createUserStore } from './users/user.store.ts'

interface AuthFeatureDeps {
  readonly deps: ApiDependencies
  readonly audit: AuditLog
  readonly refusals: RefusalFold
  readonly onEnded: AuthSessionsDeps['onEnded']
  readonly reconnect: AccountDeps['reconnect']
}

export interface AuthFeature {
  readonly service: AuthService
  readonly authSessions: AuthSessions
  readonly findOnboarding: Authentication['findOnboarding']
  firstRunPassword(): Promise<string | null>
  close(): void
}

/** The wiring of everything around signing in, top to bottom: what is kept, what checks it, what people do with it. */
export const createAuth = ({ deps, audit, refusals, onEnded, reconnect }: AuthFeatureDeps): AuthFeature => {
  const { clock, log, database, config, sealedSecrets, installId: serverId } = deps
  const { mode, stretching } = config.auth
  const secondFactorRequired = mode === 'accounts' && config.auth.requireSecondFactor
  const random = (size: number): Uint8Array => randomBytes(size)
  const keyFor = (purpose: KeyPurpose): Secret<Uint8Array> => new Secret(deriveKey(deps.installKey, purpose))
  const deviceKey = keyFor('device-cookie/1')

  const users = createUserStore({
    database,
    clock,
    random,
    realm: mode === 'password' || mode === 'ephemeral' ? 'single' : 'accounts',
    ownerName: deps.osUser.name,
  })
  const passwords = createPasswords({
    users,
    clock,
    random,
    config: config.auth,
    sealedSecrets,
    serverId,
    installTokenKey: keyFor('auth-session-token/1'),
    unknownSubjectKey: keyFor('unknown-subject/1'),
  })
  const secondFactors = createSecondFactors({
    store: createSecondFactorStore(database),
    clock,
    log,
    random,
    sealedSecrets,
    recoveryCodeKey: keyFor('recovery-code/1'),
  })
  const authSessions = createAuthSessions({
    store: createAuthSessionStore(database, mode),
    clock,
    log,
    random,
    tokenKey: passwords.tokenKey,
    durationMs: config.authSessionDurationMs,
    idleTimeoutMs: config.authIdleTimeoutMs,
    audit,
    onEnded,
  })
  const pendingSignIns = createPendingSignIns({ clock, random, key: keyFor('sign-in-token/1') })
  const signInGuard = createSignInGuard(clock, { ...limits.signIn, ...config.auth.failedSignIns })
  const completeSignIn = createCompleteSignIn({ authSessions, users, pendingSignIns, clock, random, deviceKey })

  const proofs = { users, passwords, secondFactors, authSessions, mode, secondFactorRequired, clock, audit }
  const flow = { ...proofs, pendingSignIns, completeSignIn, refusals, signInGuard, stretching, serverId, deviceKey }
  const changes = { ...proofs, pendingSignIns, signInGuard, random }
  const launchFiles = createLaunchFiles({ directory: deps.dataDir, random, log })
  const tickets = {
    ...flow,
    tickets: createLaunchTickets({ clock, random, key: keyFor('launch-ticket/1') }),
    launchFiles,
    ticketFailures: createFailedAttempts(clock, limits.ticketFailures),
    daemonUrl: deps.daemon.url,
  }

  return {
    service: {
      whoami: (actor) =>
        describeActor(actor, { openUser: deps.osUser.name, requireSecondFactor: secondFactorRequired }),
      signIn: createSignIn(flow),
      onboarding: createOnboarding(flow),
      stepUp: createStepUp({ ...proofs, refusals }),
      account: createAccount({ ...changes, reconnect, events: createSecurityEventStore(database) }),
      devices: createDevices({ authSessions, pendingSignIns }),
      local: createLocal(changes),
      createTicket: (input, row) => createTicket(tickets, input, row),
      redeemTicket: (call, ticket) => redeemTicket(tickets, call, ticket),
    },
    authSessions,
    findOnboarding: pendingSignIns.onboardingOf,
    firstRunPassword: async () => {
      if (!(await passwords.isFirstRun())) return null
      return (await passwords.reveal())?.password ?? null
    },
    close: () => {
      authSessions.close()
      launchFiles.close()
    },
  }
}
