import type { opaqueResponse, proof } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import { createAlarm } from '../../../alarm.ts'
import type { Clock } from '../../../api-dependencies.ts'
import type { RefusalFold } from '../../../audit/refusal-fold.ts'
import { AppError } from '../../../errors.ts'
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
  readonly refusals: RefusalFold
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
  /** No last message came: the first answer has told a guesser all it wanted to know. */
  readonly abandoned: () => void
}

export const createStepUp = (deps: StepUpDeps): StepUp => {
  const { passwords, refusals, clock } = deps
  /** By auth session, one each: the proof of one is worth nothing in another. */
  const pending = new Map<string, Exchange>()
  const failures = createFailedAttempts(clock, limits.stepUp.failures)

  const alarm = createAlarm(clock, () => giveUpExpired())

  const giveUp = (authSessionId: string): void => {
    const exchange = pending.get(authSessionId)
    pending.delete(authSessionId)
    exchange?.abandoned()
  }

  const giveUpExpired = (): void => {
    const now = clock.now()
    for (const [id, { expiresAt }] of pending) if (expiresAt <= now) giveUp(id)
    const next = Math.min(...[...pending.values()].map(({ expiresAt }) => expiresAt))
    alarm.set(Number.isFinite(next) ? next : null)
  }

  /** A guess leaves a row even if it is never finished: the owner of a stolen cookie sees that somebody tries. */
  const recordFailure = ({ connection }: AuthCall, { user }: SignedInUser, reason: string): void =>
    refusals.record({
      event: 'step_up.failed',
      actor: `user:${user}`,
      address: connection.address,
      target: user,
      reason,
    })

  const begin = (call: AuthCall, actor: SignedInUser): StartedAttempt => {
    try {
      return failures.begin(actor.authSessionId)
    } catch (error) {
      if (error instanceof AppError) recordFailure(call, actor, error.errorCode)
      throw error
    }
  }

  const succeed = async (call: AuthCall, actor: SignedInUser): Promise<z.input<typeof proof>> => {
    // The row first: a proof that the audit log does not know must not open anything (L3).
    await call.audit.commit({ target: actor.user })
    const provenUntil = clock.now() + limits.stepUp.lifetimeMs
    await renewSessionCookie(deps, call.connection, actor)
    return { provenUntil: new Date(provenUntil).toISOString() }
  }

  return {
    start: async (call, request) => {
      const actor = signedInUser(call.actor)
      const { userId, authSessionId } = actor
      // At the start: the answer tells the client already whether the password was right.
      const attempt = begin(call, actor)
      const credential = await passwords.credentialOfUser(userId)
      const { response, state } = await passwords.startLogin(credential, request)
      giveUp(authSessionId)
      const abandoned = () => recordFailure(call, actor, 'abandoned')
      pending.set(authSessionId, { state, attempt, abandoned, expiresAt: clock.now() + limits.stepUp.pendingMs })
      giveUpExpired()
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
