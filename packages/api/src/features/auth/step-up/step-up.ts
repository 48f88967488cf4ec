import type { opaqueResponse, proof } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import type { Clock } from '../../../api-dependencies.ts'
import { createFailedAttempts, type StartedAttempt } from '../../../limits/failed-attempts.ts'
import { limits } from '../../../limits/limits.ts'
import { type SignedInUser, signedInUser } from '../account/signed-in-user.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import type { AuthCall } from '../call.ts'
import type { LoginState, Passwords } from '../passwords/passwords.ts'
import type { SecondFactors } from '../second-factor/second-factors.ts'
import { signInFailed } from '../sign-in-failed.ts'
import { renewSessionCookie } from './renew-session-cookie.ts'

export interface StepUpDeps {
  readonly passwords: Pick<Passwords, 'credentialOfUser' | 'startLogin' | 'finishLogin'>
  readonly secondFactors: Pick<SecondFactors, 'checkTotp'>
  readonly authSessions: Pick<AuthSessions, 'renewToken'>
  readonly clock: Clock
}

/** Proving yourself again before a change that lasts (A10): by the password, or by a code of the authenticator. Good for five minutes, for this auth session. */
export interface StepUp {
  start(call: AuthCall, request: string): Promise<z.input<typeof opaqueResponse>>
  finish(call: AuthCall, finish: string): Promise<z.input<typeof proof>>
  withCode(call: AuthCall, code: string): Promise<z.input<typeof proof>>
}

interface Exchange {
  readonly state: LoginState
  readonly expiresAt: number
  readonly attempt: StartedAttempt
}

export const createStepUp = (deps: StepUpDeps): StepUp => {
  const { passwords, clock } = deps
  /** By auth session, one each: the proof of one is worth nothing in another. */
  const pending = new Map<string, Exchange>()
  const failures = createFailedAttempts(clock, limits.stepUp.failures)

  const forgetExpired = (now: number): void => {
    for (const [id, { expiresAt }] of pending) if (expiresAt <= now) pending.delete(id)
  }

  const succeed = async (call: AuthCall, actor: SignedInUser): Promise<z.input<typeof proof>> => {
    // The row first: a proof that the audit log does not know must not open anything (L3).
    await call.audit.commit({ target: actor.user })
    const provenUntil = clock.now() + limits.stepUp.lifetimeMs
    await renewSessionCookie(deps, call.connection, actor)
    return { provenUntil: new Date(provenUntil).toISOString() }
  }

  return {
    start: async ({ actor }, request) => {
      const { userId, authSessionId } = signedInUser(actor)
      // At the start: the answer tells the client already whether the password was right.
      const attempt = failures.begin(authSessionId)
      const credential = await passwords.credentialOfUser(userId)
      const { response, state } = await passwords.startLogin(credential, request)
      const now = clock.now()
      forgetExpired(now)
      pending.set(authSessionId, { state, attempt, expiresAt: now + limits.stepUp.pendingMs })
      return { subject: credential.subject, response }
    },
    finish: async (call, finish) => {
      const actor = signedInUser(call.actor)
      call.audit.describe({ target: actor.user })
      const exchange = pending.get(actor.authSessionId)
      // Before it is looked at: OPAQUE accepts the same last message twice.
      pending.delete(actor.authSessionId)
      if (exchange === undefined || exchange.expiresAt <= clock.now()) throw signInFailed()
      if (!(await passwords.finishLogin(exchange.state, finish))) throw signInFailed()
      exchange.attempt.succeeded()
      return succeed(call, actor)
    },
    withCode: async (call, code) => {
      const actor = signedInUser(call.actor)
      call.audit.describe({ target: actor.user })
      const attempt = failures.begin(actor.authSessionId)
      if (!(await deps.secondFactors.checkTotp(actor.userId, code))) throw signInFailed()
      attempt.succeeded()
      return succeed(call, actor)
    },
  }
}
