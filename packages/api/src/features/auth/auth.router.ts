import {
  authSession,
  createTicketInput,
  launchTicket,
  localPath,
  redeemTicketInput,
  whoami,
} from '@sallyport/contract/auth'
import { authSessionId, ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import {
  accountSecurity,
  authStatus,
  onboardingPasswordInput,
  opaqueFinish,
  opaqueRecord,
  opaqueRequest,
  opaqueResponse,
  proof,
  recoveryCodes,
  resetPasswordInput,
  resetPasswordResult,
  resetSecondFactorInput,
  resetSecondFactorResult,
  revealedPassword,
  secondFactorInput,
  secondFactorResult,
  securityEvent,
  signInOptions,
  signInProgress,
  startSignInInput,
  totpConfirmation,
  totpEnrolment,
  unlockInput,
  unlockResult,
} from '@sallyport/contract/sign-in'
import { z } from 'zod'
import type { AuditEvent } from '../../audit/audit-event.ts'
import { procedure, router } from '../../procedure.ts'

/** An auth session's id or a prefix of it. */
const authSessionRef = z
  .string()
  .regex(new RegExp(`^[${ID_ALPHABET}]{4,${ID_LENGTH}}$`), 'an id, or at least its first 4 characters')
const done = z.object({ ok: z.literal(true) })
const revoked = z.object({ revoked: z.number().int() })

const control = { limit: 'control' } as const
/** Steps of a sign-in: anybody may take them, and they set cookies. */
const signInStep = { ...control, access: 'anyone', transport: 'http' } as const
/** Somebody who proved a password and sets the account up. */
const setupStep = { ...control, access: 'onboarding' } as const
/** A change of the caller's own account that outlasts the auth session. */
const ownChange = { ...control, access: 'viewer', stepUp: true } as const
/** On the machine itself only (A11). */
const onSocket = { ...control, access: 'socket' } as const
const byHandler = (event: AuditEvent) => ({ event, by: 'handler' }) as const

export const authRouter = router({
  whoami: procedure({ ...control, access: 'anyone', audit: false })
    .output(whoami)
    .query(({ ctx }) => ctx.services.auth.whoami(ctx.actor)),

  // Signing in
  signInOptions: procedure({ ...control, access: 'anyone', audit: false })
    .output(signInOptions)
    .query(({ ctx }) => ctx.services.auth.signIn.options()),
  startSignIn: procedure({ ...signInStep, audit: false })
    .input(startSignInInput)
    .output(opaqueResponse)
    .mutation(({ ctx, input }) => ctx.services.auth.signIn.start(ctx, input)),
  finishSignIn: procedure({ ...signInStep, audit: byHandler('sign_in.succeeded') })
    .input(opaqueFinish)
    .output(signInProgress)
    .mutation(({ ctx, input }) => ctx.services.auth.signIn.finish(ctx, input.finish)),
  verifySecondFactor: procedure({ ...signInStep, audit: byHandler('sign_in.succeeded') })
    .input(secondFactorInput)
    .output(secondFactorResult)
    .mutation(({ ctx, input }) => ctx.services.auth.signIn.secondFactor(ctx, input)),

  // Setting an account up
  startOnboardingPassword: procedure({ ...setupStep, audit: false })
    .input(onboardingPasswordInput)
    .output(opaqueResponse)
    .mutation(({ ctx, input }) => ctx.services.auth.onboarding.startPassword(ctx, input)),
  finishOnboardingPassword: procedure({ ...setupStep, audit: 'password.changed' })
    .input(opaqueRecord)
    .output(done)
    .mutation(({ ctx, input }) => ctx.services.auth.onboarding.finishPassword(ctx, input.record)),
  startEnrolment: procedure({ ...setupStep, audit: false })
    .output(totpEnrolment)
    .mutation(({ ctx }) => ctx.services.auth.onboarding.startEnrolment(ctx)),
  confirmEnrolment: procedure({ ...setupStep, transport: 'http', audit: byHandler('onboarding.completed') })
    .input(totpConfirmation)
    .output(recoveryCodes)
    .mutation(({ ctx, input }) => ctx.services.auth.onboarding.confirmEnrolment(ctx, input.code)),
  skipEnrolment: procedure({ ...setupStep, transport: 'http', audit: byHandler('onboarding.completed') })
    .output(done)
    .mutation(({ ctx }) => ctx.services.auth.onboarding.skipEnrolment(ctx)),

  // Launch tickets
  createTicket: procedure({ ...onSocket, audit: byHandler('ticket.created') })
    .input(createTicketInput)
    .output(launchTicket)
    .mutation(({ ctx, input }) => ctx.services.auth.createTicket(input, ctx.audit)),
  redeemTicket: procedure({ ...signInStep, audit: byHandler('ticket.redeemed') })
    .input(redeemTicketInput)
    .output(z.object({ redirectTo: localPath }))
    .mutation(({ ctx, input }) => ctx.services.auth.redeemTicket(ctx, input.ticket)),

  // Step-up
  startStepUp: procedure({ ...control, access: 'viewer', audit: false })
    .input(opaqueRequest)
    .output(opaqueResponse)
    .mutation(({ ctx, input }) => ctx.services.auth.stepUp.start(ctx, input.request)),
  finishStepUp: procedure({ ...control, access: 'viewer', transport: 'http', audit: byHandler('step_up.succeeded') })
    .input(opaqueFinish)
    .output(proof)
    .mutation(({ ctx, input }) => ctx.services.auth.stepUp.finish(ctx, input.finish)),
  proveWithCode: procedure({ ...control, access: 'viewer', transport: 'http', audit: byHandler('step_up.succeeded') })
    .input(totpConfirmation)
    .output(proof)
    .mutation(({ ctx, input }) => ctx.services.auth.stepUp.withCode(ctx, input.code)),

  // The caller's own account
  security: procedure({ ...control, access: 'viewer', audit: false })
    .output(accountSecurity)
    .query(({ ctx }) => ctx.services.auth.account.security(ctx.actor)),
  securityEvents: procedure({ ...control, access: 'viewer', audit: false })
    .output(z.object({ events: z.array(securityEvent) }))
    .query(async ({ ctx }) => ({ events: await ctx.services.auth.account.events(ctx.actor) })),
  startPasswordChange: procedure({ ...ownChange, audit: false })
    .input(opaqueRequest)
    .output(opaqueResponse)
    .mutation(({ ctx, input }) => ctx.services.auth.account.startPasswordChange(ctx, input.request)),
  finishPasswordChange: procedure({ ...ownChange, transport: 'http', audit: 'password.changed' })
    .input(opaqueRecord)
    .output(revoked)
    .mutation(({ ctx, input }) => ctx.services.auth.account.finishPasswordChange(ctx, input.record)),
  startTotp: procedure({ ...ownChange, audit: false })
    .output(totpEnrolment)
    .mutation(({ ctx }) => ctx.services.auth.account.startTotp(ctx)),
  confirmTotp: procedure({ ...ownChange, audit: 'second_factor.enrolled' })
    .input(totpConfirmation)
    .output(recoveryCodes)
    .mutation(({ ctx, input }) => ctx.services.auth.account.confirmTotp(ctx, input.code)),
  removeTotp: procedure({ ...ownChange, audit: 'second_factor.removed' })
    .output(done)
    .mutation(({ ctx }) => ctx.services.auth.account.removeTotp(ctx)),
  renewRecoveryCodes: procedure({ ...ownChange, audit: 'recovery_code.renewed' })
    .output(recoveryCodes)
    .mutation(({ ctx }) => ctx.services.auth.account.renewRecoveryCodes(ctx)),

  // Signed-in devices
  signOut: procedure({ ...control, access: 'viewer', transport: 'http', audit: 'auth_session.ended' })
    .output(done)
    .mutation(({ ctx }) => ctx.services.auth.devices.signOut(ctx)),
  listSessions: procedure({ ...control, access: 'viewer', audit: false })
    .output(z.object({ authSessions: z.array(authSession) }))
    .query(async ({ ctx }) => ({ authSessions: await ctx.services.auth.devices.list(ctx.actor) })),
  revokeSession: procedure({ ...ownChange, audit: 'auth_session.revoked' })
    .input(z.object({ id: authSessionRef }))
    .output(z.object({ id: authSessionId }))
    .mutation(({ ctx, input }) => ctx.services.auth.devices.revoke(ctx, input.id)),
  revokeOthers: procedure({ ...ownChange, audit: 'auth_session.all_revoked' })
    .output(revoked)
    .mutation(({ ctx }) => ctx.services.auth.devices.revokeOthers(ctx)),
  revokeAll: procedure({ ...onSocket, audit: 'auth_session.all_revoked' })
    .output(revoked)
    .mutation(({ ctx }) => ctx.services.auth.devices.revokeAll(ctx)),

  // Ways back in, on the machine itself
  revealPassword: procedure({ ...onSocket, audit: byHandler('password.revealed') })
    .output(revealedPassword)
    .mutation(({ ctx }) => ctx.services.auth.local.revealPassword(ctx)),
  status: procedure({ ...onSocket, audit: false })
    .output(authStatus)
    .query(({ ctx }) => ctx.services.auth.local.status()),
  resetPassword: procedure({ ...onSocket, audit: 'password.reset' })
    .input(resetPasswordInput)
    .output(resetPasswordResult)
    .mutation(({ ctx, input }) => ctx.services.auth.local.resetPassword(ctx, input)),
  resetSecondFactor: procedure({ ...onSocket, audit: 'second_factor.reset' })
    .input(resetSecondFactorInput)
    .output(resetSecondFactorResult)
    .mutation(({ ctx, input }) => ctx.services.auth.local.resetSecondFactor(ctx, input)),
  unlock: procedure({ ...onSocket, audit: 'account.unlocked' })
    .input(unlockInput)
    .output(unlockResult)
    .mutation(({ ctx, input }) => ctx.services.auth.local.unlock(ctx, input)),
})
