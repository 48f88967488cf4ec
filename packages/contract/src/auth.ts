import { z } from 'zod'
import { authSessionId, isoTime } from './ids.ts'

/** Ordered: an owner may all that an operator may, an operator all that a viewer may. A viewer only reads. */
export const role = z.enum(['owner', 'operator', 'viewer'])
export type Role = z.infer<typeof role>

/** How people sign in (A1). */
export const authMode = z.enum(['accounts', 'password', 'ephemeral', 'off'])
export type AuthMode = z.infer<typeof authMode>

export const whoami = z.discriminatedUnion('kind', [
  /** `expired`: the cookie was good once, and the page says so (A9); `none`: no cookie, or one that is nothing. */
  z.object({ kind: z.literal('anonymous'), reason: z.enum(['none', 'expired']) }),
  /** Mode `off`: nobody signs in. Sensitive changes are possible on the socket only. */
  z.object({ kind: z.literal('open'), user: z.string(), role }),
  /** Proved a password, and may do nothing but finish the setup. `step` is what comes next. */
  z.object({
    kind: z.literal('onboarding'),
    /** Proposed at first run, fixed for an account that only needs a new second factor. */
    user: z.string(),
    step: z.enum(['password', 'second_factor']),
    secondFactorRequired: z.boolean(),
    expiresAt: isoTime,
  }),
  z.object({ kind: z.literal('local'), user: z.string() }),
  z.object({
    kind: z.literal('user'),
    user: z.string(),
    role,
    authSessionId,
    expiresAt: isoTime,
    /** Until then nothing asks for a step-up (A10). In the past: the next sensitive change does. */
    provenUntil: isoTime,
  }),
])
export type Whoami = z.infer<typeof whoami>

export const authSession = z.object({
  id: authSessionId,
  user: z.string(),
  /** From the User-Agent at sign-in, such as `Chrome on Linux`; sanitised. */
  device: z.string(),
  address: z.string(),
  createdAt: isoTime,
  lastUsedAt: isoTime,
  expiresAt: isoTime,
  current: z.boolean(),
})
export type AuthSession = z.infer<typeof authSession>

/** A page of ours that a sign-in may return to: a local path, never `//host`, a scheme or a backslash (open redirect). */
export const localPath = z
  .string()
  .max(512)
  .regex(/^\/(?![/\\])[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*$/, 'a path on this daemon')

export const createTicketInput = z.object({
  redirectTo: localPath.default('/sessions'),
  /** Also as a page in the data dir that leads to the URL: what a program may be started with, where a URL would be in its command line for all to read. */
  asFile: z.boolean().default(false),
})
/** `url` has the ticket in its fragment: it never reaches a server log or a Referer header. */
export const launchTicket = z.object({ url: z.string(), expiresAt: isoTime, file: z.string().nullable() })
/** 32 random bytes, base64url. */
export const redeemTicketInput = z.object({ ticket: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
