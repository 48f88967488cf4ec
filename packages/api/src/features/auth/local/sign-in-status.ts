import type { AuthStatus } from '@sallyport/contract/sign-in'
import type { LocalDeps } from './local.ts'

/** `sallyport auth status`: how every user is protected, and whether somebody guesses at them. */
export const signInStatus = async (
  deps: Pick<LocalDeps, 'users' | 'passwords' | 'secondFactors' | 'authSessions' | 'mode' | 'secondFactorRequired'>,
): Promise<AuthStatus> => {
  const [users, signedIn] = await Promise.all([deps.users.all(), deps.authSessions.list()])
  const isDaemonsOwn = !deps.passwords.canChange()
  return {
    mode: deps.mode,
    secondFactorRequired: deps.secondFactorRequired,
    users: await Promise.all(
      users.map(async ({ id, name, role, passwordRecord, failedSignIns, closedUntil }) => {
        const { secondFactor, recoveryCodesLeft } = await deps.secondFactors.describe(id)
        return {
          name,
          role,
          hasPassword: isDaemonsOwn || passwordRecord !== null,
          hasSecondFactor: secondFactor !== null,
          recoveryCodesLeft,
          failedSignIns,
          closedUntil: closedUntil === null ? null : new Date(closedUntil).toISOString(),
          signedInDevices: signedIn.filter(({ userId }) => userId === id).length,
        }
      }),
    ),
  }
}
