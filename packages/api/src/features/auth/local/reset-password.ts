import type { resetPasswordInput, resetPasswordResult } from '@sallyport/contract/sign-in'
import { newReadablePassword } from '@sallyport/crypto/readable-password'
import type { z } from 'zod'
import { AppError } from '../../../errors.ts'
import type { AuthCall } from '../call.ts'
import { findUser } from './find-user.ts'
import type { LocalDeps } from './local.ts'

/**
 * A new password for somebody who forgot it, given or made here. The second factor stays: who has the machine's account but not the phone gets no further than
 * the password. Whoever is signed in as this user is signed out, and guesses are forgotten.
 */
export const resetPassword = async (
  deps: LocalDeps,
  { audit }: AuthCall,
  input: z.output<typeof resetPasswordInput>,
): Promise<z.input<typeof resetPasswordResult>> => {
  if (!deps.passwords.canChange()) {
    throw new AppError(
      'conflict',
      deps.mode === 'ephemeral'
        ? 'This daemon makes a new password at each start. `sallyport password` shows it; a restart makes another.'
        : 'The password of this daemon is chosen where it is started. Change it there and restart the daemon.',
    )
  }
  const user = await findUser(deps.users, input.user)
  audit.describe({ target: user.name })
  const password = input.password ?? newReadablePassword(deps.random)
  await deps.passwords.setText(user.id, password, await deps.secondFactors.isEnrolled(user.id))
  await deps.users.clearFailures(user.id)
  deps.signInGuard.unlock(user.id)
  deps.pendingSignIns.endAllOf(user.id)
  const ended = await deps.authSessions.endOthersOf(user.id, null, 'revoked')
  return { user: user.name, password: input.password === undefined ? password : null, revoked: ended.length }
}
