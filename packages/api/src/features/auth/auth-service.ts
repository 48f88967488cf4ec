import type { createTicketInput, launchTicket, Whoami } from '@sallyport/contract/auth'
import type { z } from 'zod'
import type { Actor } from '../../access/actor.ts'
import type { CallAudit } from '../../audit/call-audit.ts'
import { limits } from '../../limits/limits.ts'
import type { Account } from './account/account.ts'
import type { Devices } from './auth-sessions/devices.ts'
import type { AuthCall } from './call.ts'
import type { Local } from './local/local.ts'
import type { OnboardingService } from './onboarding/onboarding.ts'
import type { SignInService } from './sign-in/sign-in.ts'
import type { StepUp } from './step-up/step-up.ts'

/** What the auth router calls, by what a person does. */
export interface AuthService {
  /** Signed-out is a state that a page asks about, so this never fails. */
  whoami(actor: Actor): Whoami
  readonly signIn: SignInService
  readonly onboarding: OnboardingService
  readonly stepUp: StepUp
  readonly account: Account
  readonly devices: Devices
  readonly local: Local
  createTicket(input: z.output<typeof createTicketInput>, audit: CallAudit): Promise<z.input<typeof launchTicket>>
  redeemTicket(call: AuthCall, ticket: string): Promise<{ redirectTo: string }>
}

/** `openUser`: what everybody is called in mode `off`. */
export const describeActor = (
  actor: Actor,
  config: { readonly openUser: string; readonly requireSecondFactor: boolean },
): Whoami => {
  switch (actor.kind) {
    case 'anonymous':
      return actor.role === null
        ? { kind: 'anonymous', reason: actor.credential }
        : { kind: 'open', user: config.openUser, role: actor.role }
    case 'local':
      return { kind: 'local', user: actor.user }
    case 'onboarding':
      return {
        kind: 'onboarding',
        user: actor.user,
        step: actor.step,
        secondFactorRequired: config.requireSecondFactor,
        expiresAt: iso(actor.expiresAt),
      }
    case 'user':
      return {
        kind: 'user',
        user: actor.user,
        role: actor.role,
        authSessionId: actor.authSessionId,
        expiresAt: iso(actor.expiresAt),
        provenUntil: iso(Math.max(0, actor.provenAt) + limits.stepUp.lifetimeMs),
      }
  }
}

const iso = (at: number): string => new Date(at).toISOString()
