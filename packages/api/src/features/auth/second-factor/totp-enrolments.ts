import type { RandomBytes } from '@sallyport/crypto/tokens'
import { checkTotp, newTotpSecret } from '@sallyport/crypto/totp'
import type { Clock } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'
import { createBoundedMap } from '../../../limits/bounded-map.ts'
import { limits } from '../../../limits/limits.ts'
import { signInFailed } from '../sign-in-failed.ts'

/** A secret that an authenticator proved to hold, and the time step it proved it in: that code is used up. */
export interface ProvenSecret {
  readonly secret: string
  readonly step: number
}

/**
 * Secrets that were shown and wait for their first code. In memory only: one that nobody confirmed protects nothing and is worth nothing. Bound to whoever began
 * (an auth session, a sign-in under way), one each.
 */
export interface TotpEnrolments {
  begin(key: string): string
  /** Uses the enrolment up. Throws `sign_in_failed` on a wrong code, five times; `conflict` when there is none any more. Synchronous: of two at once one wins. */
  prove(key: string, code: string): ProvenSecret
}

export const createTotpEnrolments = (deps: { readonly clock: Clock; readonly random: RandomBytes }): TotpEnrolments => {
  const { lifetimeMs, tries, max } = limits.secondFactor.enrolment
  const pending = createBoundedMap<{ readonly secret: string; readonly expiresAt: number; triesLeft: number }>(max)

  return {
    begin: (key) => {
      const secret = newTotpSecret(deps.random)
      pending.set(key, { secret, expiresAt: deps.clock.now() + lifetimeMs, triesLeft: tries })
      return secret
    },
    prove: (key, code) => {
      const now = deps.clock.now()
      const enrolment = pending.get(key)
      if (enrolment === undefined || enrolment.expiresAt <= now) {
        pending.delete(key)
        throw new AppError('conflict', 'This setup has expired. Begin it again to get a new code to scan.')
      }
      const result = checkTotp({ secret: enrolment.secret, code, now, lastStep: null })
      enrolment.triesLeft -= 1
      if (result.ok || enrolment.triesLeft === 0) pending.delete(key)
      if (!result.ok) throw signInFailed()
      return { secret: enrolment.secret, step: result.step }
    },
  }
}
