import { z } from 'zod'
import { authMode } from './auth.ts'
import { isoTime } from './ids.ts'
import { keyStretching } from './key-stretching.ts'

/** What an account is called. Shown in lists and typed at the sign-in. */
export const userName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
    'a user name has 1 to 64 letters, digits, dots, dashes, underscores or @ and starts with a letter or digit',
  )

/** A message of OPAQUE (RFC 9807), base64url. The longest, a registration record, has 192 bytes. */
export const opaqueMessage = z.string().regex(/^[A-Za-z0-9_-]{16,512}$/, 'a message of the sign-in protocol')

/**
 * What the sign-in page asks before it draws anything. The same for everybody: it says nothing about any account but whether there is one at all.
 */
export const signInOptions = z.object({
  mode: authMode,
  /** Several users: the page asks for a name too. */
  asksUserName: z.boolean(),
  /** Nobody has set a password yet: the page asks for the one that `sallyport password` prints. */
  isFirstRun: z.boolean(),
  stretching: keyStretching,
  /** OPAQUE's server identity: binds every exchange to this install. */
  serverId: z.string(),
})
export type SignInOptions = z.infer<typeof signInOptions>

/** First message of a sign-in, a step-up or a registration. */
export const startSignInInput = z.object({ user: userName.optional(), request: opaqueMessage })
export const opaqueRequest = z.object({ request: opaqueMessage })
/** `subject` is OPAQUE's client identity: an id, invented when there is no such user. */
export const opaqueResponse = z.object({ subject: z.string(), response: z.string() })
export const opaqueFinish = z.object({ finish: opaqueMessage })
export const opaqueRecord = z.object({ record: opaqueMessage })

/** Where a sign-in stands after a step. `onboarding`: first run; `enrolment`: the account has no second factor and needs one. */
export const signInStep = z.enum(['signed_in', 'second_factor', 'onboarding', 'enrolment'])
export type SignInStep = z.infer<typeof signInStep>
export const signInProgress = z.object({ next: signInStep })

export const secondFactorInput = z.discriminatedUnion('method', [
  z.object({ method: z.literal('totp'), code: z.string().max(16) }),
  z.object({ method: z.literal('recovery_code'), code: z.string().max(64) }),
])
export type SecondFactorInput = z.infer<typeof secondFactorInput>
/** `recoveryCodesLeft`: only after one was used. */
export const secondFactorResult = z.object({ recoveryCodesLeft: z.number().int().nullable() })

/** First run: the account's name, and the first message of the registration of its own password. */
export const onboardingPasswordInput = z.object({ user: userName, request: opaqueMessage })

/** A fresh authenticator secret, shown once: base 32 for typing, and the URI that the QR code holds. */
export const totpEnrolment = z.object({ secret: z.string(), uri: z.string() })
export const totpConfirmation = z.object({ code: z.string().max(16) })
/** Shown once. Null: the codes of the account stay as they are. */
export const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()).nullable() })

export const proof = z.object({ provenUntil: isoTime })

/** Settings: how the caller's own account is protected. */
export const accountSecurity = z.object({
  mode: authMode,
  user: z.string(),
  /** Null: the account has no password of its own yet (signed in by launch tickets only). In modes `password` and `ephemeral` the daemon's own. */
  passwordChangedAt: isoTime.nullable(),
  hasPassword: z.boolean(),
  /** False in modes `password` and `ephemeral`: there it is chosen where the daemon is started. */
  canChangePassword: z.boolean(),
  secondFactorRequired: z.boolean(),
  secondFactor: z.object({ enrolledAt: isoTime, lastUsedAt: isoTime.nullable() }).nullable(),
  recoveryCodesLeft: z.number().int(),
  recoveryCodesMadeAt: isoTime.nullable(),
  /** What a step-up can be proved with. Empty: only by `sallyport open` in this browser. */
  proofs: z.array(z.enum(['password', 'totp'])),
})
export type AccountSecurity = z.infer<typeof accountSecurity>

/** One line of "recent security events": own sign-ins, failures and changes. */
export const securityEvent = z.object({
  at: isoTime,
  event: z.string(),
  outcome: z.enum(['ok', 'refused', 'failed']),
  address: z.string().nullable(),
  target: z.string().nullable(),
  count: z.number().int(),
})
export type SecurityEvent = z.infer<typeof securityEvent>

/** `sallyport password`. */
export const revealedPassword = z.object({
  password: z.string(),
  kind: z.enum(['ephemeral', 'bootstrap']),
  expiresAt: isoTime.nullable(),
})

/** `sallyport auth status`. */
export const authStatus = z.object({
  mode: authMode,
  secondFactorRequired: z.boolean(),
  users: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      hasPassword: z.boolean(),
      hasSecondFactor: z.boolean(),
      recoveryCodesLeft: z.number().int(),
      /** In a row, since the last success. */
      failedSignIns: z.number().int(),
      /** Sign-in with a password from unknown devices is closed until then (A13). */
      closedUntil: isoTime.nullable(),
      signedInDevices: z.number().int(),
    }),
  ),
})
export type AuthStatus = z.infer<typeof authStatus>

/** The password itself: this input exists on the Unix socket only, and is never logged. Absent: the daemon makes one and answers with it. */
export const resetPasswordInput = z.object({
  user: userName.optional(),
  password: z.string().min(1).max(4096).optional(),
})
export const resetPasswordResult = z.object({
  user: z.string(),
  password: z.string().nullable(),
  revoked: z.number().int(),
})
export const resetSecondFactorInput = z.object({ user: userName.optional() })
export const resetSecondFactorResult = z.object({ user: z.string(), revoked: z.number().int() })
export const unlockInput = z.object({ user: userName.optional() })
export const unlockResult = z.object({ unlocked: z.array(z.string()) })
