import { z } from 'zod'
import { authSessionId, isoTime } from './ids.ts'

/** Ordered: an owner may all that an operator may, an operator all that a viewer may. A viewer only reads. */
export const role = z.enum(['owner', 'operator', 'viewer'])
export type Role = z.infer<typeof role>

export const whoami = z.discriminatedUnion('kind', [
  /** `expired`: the cookie was good once, and the page says so (A9); `none`: no cookie, or one that is nothing. */
  z.object({ kind: z.literal('anonymous'), reason: z.enum(['none', 'expired']) }),
  z.object({ kind: z.literal('local'), user: z.string() }),
  z.object({ kind: z.literal('user'), user: z.string(), role, authSessionId, expiresAt: isoTime }),
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
