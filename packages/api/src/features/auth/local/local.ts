import type { AuthMode } from '@sallyport/contract/auth'
import type {
  AuthStatus,
  resetPasswordInput,
  resetPasswordResult,
  resetSecondFactorInput,
  resetSecondFactorResult,
  revealedPassword,
  unlockInput,
  unlockResult,
} from '@sallyport/contract/sign-in'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { z } from 'zod'
import type { SignInGuard } from '../../../limits/sign-in-guard.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import type { AuthCall } from '../call.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { SecondFactors } from '../second-factor/second-factors.ts'
import type { PendingSignIns } from '../sign-in/pending-sign-ins.ts'
import type { UserStore } from '../users/user.store.ts'
import { findUser } from './find-user.ts'
import { resetPassword } from './reset-password.ts'
import { revealPassword } from './reveal-password.ts'
import { signInStatus } from './sign-in-status.ts'

export interface LocalDeps {
  readonly users: UserStore
  readonly passwords: Pick<Passwords, 'canChange' | 'setText' | 'reveal'>
  readonly secondFactors: Pick<SecondFactors, 'isEnrolled' | 'describe' | 'remove'>
  readonly authSessions: Pick<AuthSessions, 'list' | 'endOthersOf'>
  readonly pendingSignIns: Pick<PendingSignIns, 'endAllOf'>
  readonly signInGuard: Pick<SignInGuard, 'unlock'>
  readonly mode: AuthMode
  readonly secondFactorRequired: boolean
  readonly random: RandomBytes
}

/** Ways back in, on the Unix socket only (A11): not even an owner's cookie can do these. */
export interface Local {
  revealPassword(call: AuthCall): Promise<z.input<typeof revealedPassword>>
  status(): Promise<AuthStatus>
  resetPassword(
    call: AuthCall,
    input: z.output<typeof resetPasswordInput>,
  ): Promise<z.input<typeof resetPasswordResult>>
  resetSecondFactor(
    call: AuthCall,
    input: z.output<typeof resetSecondFactorInput>,
  ): Promise<z.input<typeof resetSecondFactorResult>>
  /** Without a name all of them: it takes nothing from anybody. */
  unlock(call: AuthCall, input: z.output<typeof unlockInput>): Promise<z.input<typeof unlockResult>>
}

export const createLocal = (deps: LocalDeps): Local => ({
  revealPassword: (call) => revealPassword(deps, call),
  status: () => signInStatus(deps),
  resetPassword: (call, input) => resetPassword(deps, call, input),
  resetSecondFactor: async (call, input) => {
    const user = await findUser(deps.users, input.user)
    call.audit.describe({ target: user.name })
    await deps.secondFactors.remove(user.id)
    deps.pendingSignIns.endAllOf(user.id)
    const ended = await deps.authSessions.endOthersOf(user.id, null, 'revoked')
    return { user: user.name, revoked: ended.length }
  },
  unlock: async (call, input) => {
    const asked = input.user === undefined ? await deps.users.all() : [await findUser(deps.users, input.user)]
    const counted = asked.filter(({ failedSignIns, closedUntil }) => failedSignIns > 0 || closedUntil !== null)
    call.audit.describe({ target: asked.map(({ name }) => name).join(', '), count: Math.max(1, counted.length) })
    for (const user of asked) {
      await deps.users.clearFailures(user.id)
      deps.signInGuard.unlock(user.id)
    }
    return { unlocked: counted.map(({ name }) => name) }
  },
})
