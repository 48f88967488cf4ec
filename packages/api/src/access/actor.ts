import type { Role } from '@sallyport/contract/auth'

/**
 * Who a call acts as (SPEC section 1). `anonymous` is what everybody is who proved nothing; `credential` says which 401 the answer is.
 * `local` is a peer of the Unix socket with the daemon's own uid: it counts as an owner.
 */
export type Actor =
  | {
      readonly kind: 'anonymous'
      readonly credential: 'none' | 'expired'
      /** Mode `off`: what everybody on direct loopback may do without signing in. Null wherever sign-in is on. */
      readonly role: Role | null
    }
  | {
      readonly kind: 'onboarding'
      readonly user: string
      readonly step: 'password' | 'second_factor'
      readonly expiresAt: number
    }
  | { readonly kind: 'local'; readonly user: string; readonly pid: number | null }
  | {
      readonly kind: 'user'
      readonly userId: string
      readonly user: string
      readonly role: Role
      readonly authSessionId: string
      readonly expiresAt: number
      /** When the caller last proved who they are: the sign-in or a step-up (A10). */
      readonly provenAt: number
    }

/** How the audit log names an actor. */
export const actorLabel = (actor: Actor): string =>
  actor.kind === 'anonymous' ? 'anonymous' : `${actor.kind}:${actor.user}`

const rank: Record<Role, number> = { viewer: 0, operator: 1, owner: 2 }

/** An unknown actor has no role at all, so every comparison fails. */
export const hasRole = (actor: Actor, minimum: Role): boolean => {
  if (actor.kind === 'local') return true
  if (actor.kind === 'user' || actor.kind === 'anonymous')
    return actor.role !== null && rank[actor.role] >= rank[minimum]
  return false
}
