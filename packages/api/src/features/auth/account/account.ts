import type { AuthMode } from '@sallyport/contract/auth'
import type {
  AccountSecurity,
  opaqueResponse,
  recoveryCodes,
  SecurityEvent,
  totpEnrolment,
} from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import type { Actor } from '../../../access/actor.ts'
import type { Clock } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import type { AuthCall } from '../call.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { SecondFactors } from '../second-factor/second-factors.ts'
import type { PendingSignIns } from '../sign-in/pending-sign-ins.ts'
import type { UserStore } from '../users/user.store.ts'
import { finishPasswordChange, startPasswordChange } from './change-password.ts'
import { accountSecurity } from './describe-security.ts'
import type { SecurityEventStore } from './security-event.store.ts'
import { signedInUser } from './signed-in-user.ts'

export interface AccountDeps {
  readonly users: Pick<UserStore, 'byId'>
  readonly passwords: Pick<Passwords, 'canChange' | 'startRegistration' | 'setRecord'>
  readonly secondFactors: SecondFactors
  readonly authSessions: Pick<AuthSessions, 'renewToken' | 'endOthersOf'>
  readonly pendingSignIns: Pick<PendingSignIns, 'endAllOf'>
  readonly events: SecurityEventStore
  /** Open sockets of an auth session have to show its new cookie. */
  readonly reconnect: (authSessionId: string) => void
  readonly clock: Clock
  readonly mode: AuthMode
  readonly secondFactorRequired: boolean
}

/** The settings of the caller's own account. `procedure()` has asked for a fresh proof before anything here changes. */
export interface Account {
  security(actor: Actor): Promise<AccountSecurity>
  events(actor: Actor): Promise<SecurityEvent[]>
  startPasswordChange(call: AuthCall, request: string): Promise<z.input<typeof opaqueResponse>>
  finishPasswordChange(call: AuthCall, record: string): Promise<{ revoked: number }>
  startTotp(call: AuthCall): Promise<z.input<typeof totpEnrolment>>
  confirmTotp(call: AuthCall, code: string): Promise<z.input<typeof recoveryCodes>>
  removeTotp(call: AuthCall): Promise<{ ok: true }>
  renewRecoveryCodes(call: AuthCall): Promise<z.input<typeof recoveryCodes>>
}

export const createAccount = (deps: AccountDeps): Account => {
  const { secondFactors } = deps

  const changing = (call: AuthCall) => {
    const actor = signedInUser(call.actor)
    call.audit.describe({ target: actor.user })
    return actor
  }

  return {
    security: (actor) => accountSecurity(deps, signedInUser(actor)),
    events: (actor) => deps.events.of(signedInUser(actor).user),
    startPasswordChange: (call, request) => startPasswordChange(deps, call, request),
    finishPasswordChange: (call, record) => finishPasswordChange(deps, call, record),
    startTotp: ({ actor }) => {
      const { authSessionId, user } = signedInUser(actor)
      return secondFactors.begin(authSessionId, user)
    },
    confirmTotp: (call, code) => {
      const { authSessionId, userId } = changing(call)
      return secondFactors.confirm(authSessionId, userId, code)
    },
    removeTotp: async (call) => {
      const { userId } = changing(call)
      if (deps.secondFactorRequired) {
        throw new AppError(
          'conflict',
          'Accounts need a second factor here. Set up another authenticator instead of this one.',
        )
      }
      await secondFactors.remove(userId)
      return { ok: true }
    },
    renewRecoveryCodes: async (call) => {
      const { userId } = changing(call)
      if (!(await secondFactors.isEnrolled(userId))) {
        throw new AppError('conflict', 'Recovery codes stand in for an authenticator. Set one up first.')
      }
      return { recoveryCodes: await secondFactors.renewRecoveryCodes(userId) }
    },
  }
}
