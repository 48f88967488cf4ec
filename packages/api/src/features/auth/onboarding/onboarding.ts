import type { onboardingPasswordInput, opaqueResponse, recoveryCodes, totpEnrolment } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import type { AuditLog } from '../../../audit/audit-log.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import type { AuthCall } from '../call.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { SecondFactors } from '../second-factor/second-factors.ts'
import type { CompleteSignIn } from '../sign-in/complete-sign-in.ts'
import type { PendingSignIns } from '../sign-in/pending-sign-ins.ts'
import type { UserStore } from '../users/user.store.ts'
import { confirmEnrolment, skipEnrolment, startEnrolment } from './enrolment.ts'
import { finishFirstPassword, startFirstPassword } from './first-password.ts'

export interface OnboardingDeps {
  readonly users: UserStore
  readonly passwords: Passwords
  readonly secondFactors: SecondFactors
  readonly authSessions: AuthSessions
  readonly pendingSignIns: PendingSignIns
  readonly completeSignIn: CompleteSignIn
  readonly audit: AuditLog
  readonly secondFactorRequired: boolean
}

/** Setting an account up (A4): name and own password at first run, then a second factor. All of it by the cookie of the sign-in, which can do nothing else. */
export interface OnboardingService {
  startPassword(
    call: AuthCall,
    input: z.output<typeof onboardingPasswordInput>,
  ): Promise<z.input<typeof opaqueResponse>>
  finishPassword(call: AuthCall, record: string): Promise<{ ok: true }>
  startEnrolment(call: AuthCall): Promise<z.input<typeof totpEnrolment>>
  /** Signs in. The codes are shown this once. */
  confirmEnrolment(call: AuthCall, code: string): Promise<z.input<typeof recoveryCodes>>
  /** Signs in. */
  skipEnrolment(call: AuthCall): Promise<{ ok: true }>
}

export const createOnboarding = (deps: OnboardingDeps): OnboardingService => ({
  startPassword: (call, input) => startFirstPassword(deps, call, input),
  finishPassword: (call, record) => finishFirstPassword(deps, call, record),
  startEnrolment: (call) => startEnrolment(deps, call),
  confirmEnrolment: (call, code) => confirmEnrolment(deps, call, code),
  skipEnrolment: (call) => skipEnrolment(deps, call),
})
