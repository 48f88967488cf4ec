import type { AuthMode } from '@sallyport/contract/auth'
import type { KeyStretching } from '@sallyport/contract/key-stretching'
import type {
  opaqueResponse,
  SecondFactorInput,
  SignInOptions,
  SignInStep,
  secondFactorResult,
  startSignInInput,
} from '@sallyport/contract/sign-in'
import type { Secret } from '@sallyport/crypto/secret'
import type { z } from 'zod'
import type { Clock } from '../../../api-dependencies.ts'
import type { AuditLog } from '../../../audit/audit-log.ts'
import type { RefusalFold } from '../../../audit/refusal-fold.ts'
import type { SignInGuard } from '../../../limits/sign-in-guard.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import type { AuthCall } from '../call.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { SecondFactors } from '../second-factor/second-factors.ts'
import type { UserStore } from '../users/user.store.ts'
import type { CompleteSignIn } from './complete-sign-in.ts'
import { finishSignIn } from './finish-sign-in.ts'
import type { PendingSignIns } from './pending-sign-ins.ts'
import { startSignIn } from './start-sign-in.ts'
import { verifySecondFactor } from './verify-second-factor.ts'

export interface SignInDeps {
  readonly users: UserStore
  readonly passwords: Passwords
  readonly secondFactors: SecondFactors
  readonly authSessions: AuthSessions
  readonly signInGuard: SignInGuard
  readonly pendingSignIns: PendingSignIns
  readonly completeSignIn: CompleteSignIn
  readonly audit: AuditLog
  readonly refusals: RefusalFold
  readonly clock: Clock
  readonly mode: AuthMode
  readonly secondFactorRequired: boolean
  readonly stretching: KeyStretching
  readonly serverId: string
  readonly deviceKey: Secret<Uint8Array>
}

/** The way in through the sign-in page; `sign-in-flow.ts` is its map. */
export interface SignInService {
  options(): Promise<SignInOptions>
  start(call: AuthCall, input: z.output<typeof startSignInInput>): Promise<z.input<typeof opaqueResponse>>
  finish(call: AuthCall, finish: string): Promise<{ next: SignInStep }>
  secondFactor(call: AuthCall, input: SecondFactorInput): Promise<z.input<typeof secondFactorResult>>
}

export const createSignIn = (deps: SignInDeps): SignInService => ({
  options: async () => ({
    mode: deps.mode,
    asksUserName: deps.mode === 'accounts' && (await deps.users.all()).length > 1,
    isFirstRun: await deps.passwords.isFirstRun(),
    stretching: deps.stretching,
    serverId: deps.serverId,
  }),
  start: (call, input) => startSignIn(deps, call, input),
  finish: (call, finish) => finishSignIn(deps, call, finish),
  secondFactor: (call, input) => verifySecondFactor(deps, call, input),
})
