import type { AuthSession, createTicketInput, launchTicket, Whoami } from '@sallyport/contract/auth'
import type { z } from 'zod'
import type { Actor } from '../../access/actor.ts'
import type { CallAudit } from '../../audit/call-audit.ts'
import type { Connection } from '../../connection.ts'
import type { FailedAttempts } from '../../limits/failed-attempts.ts'
import type { AuthSessions } from './auth-sessions.ts'
import { createTicket } from './create-ticket.ts'
import type { LaunchFiles } from './launch-files.ts'
import type { LaunchTickets } from './launch-tickets.ts'
import { redeemTicket } from './redeem-ticket.ts'
import { revokeAuthSession } from './revoke-auth-session.ts'
import { signOut } from './sign-out.ts'

export interface AuthDeps {
  readonly authSessions: AuthSessions
  readonly tickets: LaunchTickets
  readonly launchFiles: LaunchFiles
  readonly ticketFailures: FailedAttempts
  /** Canonical address, null with `--no-http`. */
  readonly daemonUrl: () => string | null
}

/** What a use case needs of its call. */
interface Call {
  readonly actor: Actor
  readonly connection: Connection
  readonly audit: CallAudit
}

/** What the auth router calls. Signed-out is a state that a page asks about, so `whoami` never fails. */
export interface AuthService {
  whoami(actor: Actor): Whoami
  createTicket(input: z.output<typeof createTicketInput>, audit: CallAudit): Promise<z.input<typeof launchTicket>>
  redeemTicket(call: Call, ticket: string): Promise<{ redirectTo: string }>
  signOut(call: Call): Promise<{ ok: true }>
  list(actor: Actor): Promise<AuthSession[]>
  revoke(ref: string, audit: CallAudit): Promise<{ id: string }>
  revokeAll(audit: CallAudit): Promise<{ revoked: number }>
}

export const createAuthService = (deps: AuthDeps): AuthService => ({
  whoami: (actor) => {
    if (actor.kind === 'anonymous') return { kind: 'anonymous', reason: actor.credential }
    if (actor.kind === 'local') return { kind: 'local', user: actor.user }
    const { user, role, authSessionId, expiresAt } = actor
    return { kind: 'user', user, role, authSessionId, expiresAt: iso(expiresAt) }
  },
  createTicket: (input, audit) => createTicket(deps, input, audit),
  redeemTicket: (call, ticket) => redeemTicket(deps, call, ticket),
  signOut: (call) => signOut(deps, call),
  list: async (actor) => {
    const all = await deps.authSessions.list()
    // On the machine itself everybody; a browser sees the devices of its own user.
    const visible =
      actor.kind === 'local' ? all : all.filter((one) => actor.kind === 'user' && one.userId === actor.userId)
    return visible
      .toSorted((a, b) => b.lastUsedAt - a.lastUsedAt)
      .map(({ id, user, device, address, createdAt, lastUsedAt, expiresAt }) => ({
        id,
        user,
        device,
        address,
        createdAt: iso(createdAt),
        lastUsedAt: iso(lastUsedAt),
        expiresAt: iso(expiresAt),
        current: actor.kind === 'user' && actor.authSessionId === id,
      }))
  },
  revoke: (ref, audit) => revokeAuthSession(deps, ref, audit),
  revokeAll: async (audit) => {
    const all = await deps.authSessions.list()
    const ended = await deps.authSessions.end(
      all.map(({ id }) => id),
      'revoked',
    )
    audit.describe({ target: 'all', count: Math.max(1, ended.length) })
    return { revoked: ended.length }
  },
})

const iso = (at: number): string => new Date(at).toISOString()
