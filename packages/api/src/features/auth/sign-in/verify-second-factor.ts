import type { SecondFactorInput, secondFactorResult } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import type { AuthCall } from '../call.ts'
import { signInFailed } from '../sign-in-failed.ts'
import type { StoredUser } from '../users/user.store.ts'
import type { SignInDeps } from './sign-in.ts'
import { unchangedUser } from './unchanged-user.ts'

/** A code of the authenticator or a recovery code, after the password (A5, A6). Five tries, then the password is asked again. */
export const verifySecondFactor = async (
  deps: SignInDeps,
  call: AuthCall,
  input: SecondFactorInput,
): Promise<z.input<typeof secondFactorResult>> => {
  const { pendingSignIns } = deps
  const { signInToken } = call.connection
  const pending = pendingSignIns.find(signInToken, 'second_factor')
  if (pending === null) throw signInFailed()
  const { stage } = pending
  call.audit.describe({ target: stage.user.name })
  // Taken before the code is looked at: a hundred codes at once are a hundred tries.
  const left = { ...stage, triesLeft: stage.triesLeft - 1 }
  if (left.triesLeft < 0 || !pendingSignIns.change(signInToken, 'code_refused', left)) throw signInFailed()

  const user = await unchangedUser(deps.users, stage.user)
  const accepted = user === null ? null : await check(deps, call, user, input)
  if (user === null || accepted === null) {
    if (user === null || left.triesLeft === 0) pendingSignIns.drop(signInToken)
    throw signInFailed()
  }
  // Two right codes at once sign in once.
  if (!pendingSignIns.complete(signInToken, 'code_accepted')) throw signInFailed()
  await deps.completeSignIn(call, user, user.name, pending.endings)
  return accepted
}

const check = async (
  { secondFactors, audit }: SignInDeps,
  { connection }: AuthCall,
  user: StoredUser,
  { method, code }: SecondFactorInput,
): Promise<{ recoveryCodesLeft: number | null } | null> => {
  if (method === 'totp') return (await secondFactors.checkTotp(user.id, code)) ? { recoveryCodesLeft: null } : null
  const spent = await secondFactors.spendRecoveryCode(user.id, code)
  if (spent === null) return null
  await audit.write({
    actor: 'anonymous',
    event: 'recovery_code.used',
    target: user.name,
    outcome: 'ok',
    session: null,
    reason: null,
    address: connection.address,
    count: 1,
  })
  return { recoveryCodesLeft: spent.left }
}
