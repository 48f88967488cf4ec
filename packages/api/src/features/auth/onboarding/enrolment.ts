import type { recoveryCodes, totpEnrolment } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import { AppError } from '../../../errors.ts'
import type { AuthCall } from '../call.ts'
import type { PendingSignIn } from '../sign-in/pending-sign-ins.ts'
import { unchangedUser } from '../sign-in/unchanged-user.ts'
import type { StoredUser } from '../users/user.store.ts'
import type { OnboardingDeps } from './onboarding.ts'

type Deps = Pick<
  OnboardingDeps,
  'users' | 'secondFactors' | 'pendingSignIns' | 'completeSignIn' | 'audit' | 'secondFactorRequired'
>

/** A fresh authenticator secret, kept in memory under the sign-in until its first code confirms it. */
export const startEnrolment = async (deps: Deps, call: AuthCall): Promise<z.input<typeof totpEnrolment>> => {
  const { pending, user } = await enrolling(deps, call)
  return deps.secondFactors.begin(pending.id, user.name)
}

export const confirmEnrolment = async (
  deps: Deps,
  call: AuthCall,
  code: string,
): Promise<z.input<typeof recoveryCodes>> => {
  const { secondFactors, pendingSignIns } = deps
  const { pending, user } = await enrolling(deps, call)
  call.audit.describe({ target: user.name })
  // The row follows: which factor an account has must not change while the log cannot say so (L3).
  await deps.audit.ensureWritable()
  const proven = secondFactors.prove(pending.id, code)
  // Before the factor is stored: codes of a sign-in that is over would be shown to nobody.
  if (!pendingSignIns.complete(call.connection.signInToken, 'enrolled')) throw over()
  const fresh = await secondFactors.enrolFirst(user.id, proven)
  if (fresh === null) throw over()
  await deps.completeSignIn(call, user, user.name, pending.endings)
  return { recoveryCodes: fresh }
}

export const skipEnrolment = async (deps: Deps, call: AuthCall): Promise<{ ok: true }> => {
  const { pending, user } = await enrolling(deps, call)
  call.audit.describe({ target: user.name })
  if (deps.secondFactorRequired) {
    throw new AppError('conflict', 'This daemon asks everybody for a second factor: set one up first.')
  }
  if (!deps.pendingSignIns.complete(call.connection.signInToken, 'enrolment_skipped')) throw over()
  await deps.completeSignIn(call, user, user.name, pending.endings)
  return { ok: true }
}

/**
 * Whose second factor is set up. Never of an account that has one by now: who knows only the password could put a factor of their own in the place of the one that
 * was set up since (A5).
 */
const enrolling = async (
  { users, secondFactors, pendingSignIns }: Deps,
  { connection }: AuthCall,
): Promise<{ readonly pending: PendingSignIn<'enrolment'>; readonly user: StoredUser }> => {
  const pending = pendingSignIns.find(connection.signInToken, 'enrolment')
  if (pending === null) throw new AppError('conflict', 'Choose a name and a password first.')
  const user = await unchangedUser(users, pending.stage.user)
  if (user !== null && !(await secondFactors.isEnrolled(user.id))) return { pending, user }
  pendingSignIns.drop(connection.signInToken)
  throw over()
}

const over = (): AppError => new AppError('unauthenticated', 'This setup is over or has expired. Sign in again.')
