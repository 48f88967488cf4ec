import type { AccountSecurity } from '@sallyport/contract/sign-in'
import { AppError } from '../../../errors.ts'
import type { AccountDeps } from './account.ts'
import type { SignedInUser } from './signed-in-user.ts'

/** How the caller's account is protected, and what it can be protected with. */
export const accountSecurity = async (
  deps: Pick<AccountDeps, 'users' | 'passwords' | 'secondFactors' | 'mode' | 'secondFactorRequired'>,
  actor: SignedInUser,
): Promise<AccountSecurity> => {
  const [user, factors] = await Promise.all([deps.users.byId(actor.userId), deps.secondFactors.describe(actor.userId)])
  if (user === null) throw new AppError('not_found', 'This account no longer exists. Sign in again.')
  const canChangePassword = deps.passwords.canChange()
  // Where it cannot be changed, it is the daemon's own and always there.
  const hasPassword = !canChangePassword || user.passwordRecord !== null
  const { secondFactor } = factors
  return {
    mode: deps.mode,
    user: user.name,
    passwordChangedAt: user.passwordChangedAt === null ? null : iso(user.passwordChangedAt),
    hasPassword,
    canChangePassword,
    secondFactorRequired: deps.secondFactorRequired,
    secondFactor: secondFactor && {
      enrolledAt: iso(secondFactor.enrolledAt),
      lastUsedAt: secondFactor.lastUsedAt === null ? null : iso(secondFactor.lastUsedAt),
    },
    recoveryCodesLeft: factors.recoveryCodesLeft,
    recoveryCodesMadeAt: factors.recoveryCodesMadeAt === null ? null : iso(factors.recoveryCodesMadeAt),
    proofs: [...(hasPassword ? (['password'] as const) : []), ...(secondFactor === null ? [] : (['totp'] as const))],
  }
}

const iso = (at: number): string => new Date(at).toISOString()
