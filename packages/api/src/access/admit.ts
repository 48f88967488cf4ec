import type { Role } from '@sallyport/contract/auth'
import type { Connection } from '../connection.ts'
import { AppError } from '../errors.ts'
import { type Actor, hasRole } from './actor.ts'

/**
 * Who may call a procedure: `anyone`; an actor with at least this role (`local` counts as owner); or `socket`, the Unix socket alone, where not even an
 * owner's cookie helps (a stolen one must not be able to mint tickets or stop the daemon).
 */
export type Access = 'anyone' | Role | 'socket'

export interface AccessRule {
  readonly access: Access
  /** `http`: sets or clears a cookie, which only an HTTP response can. */
  readonly transport?: 'http'
}

/** The one place that says no. Returns the refusal, or null when the actor may. Who someone is gets decided before what they may. */
export const refusal = (rule: AccessRule, actor: Actor, connection: Connection): AppError | null => {
  if (rule.access === 'socket' && (actor.kind !== 'local' || connection.transport !== 'unix')) {
    return new AppError('socket_only', 'This is possible on the machine itself only, through the sallyport command.')
  }
  if (rule.access !== 'anyone' && rule.access !== 'socket') {
    const denied = roleRefusal(actor, rule.access)
    if (denied !== null) return denied
  }
  if (rule.transport === 'http' && connection.transport !== 'http') {
    return new AppError('http_only', 'This procedure sets a cookie and exists over HTTP only.')
  }
  return null
}

/** For a use case whose minimum role depends on its input, such as an attach that may type. */
export const requireRole = (actor: Actor, minimum: Role): void => {
  const denied = roleRefusal(actor, minimum)
  if (denied !== null) throw denied
}

const roleRefusal = (actor: Actor, minimum: Role): AppError | null => {
  if (actor.kind === 'anonymous') return unauthenticated(actor)
  if (hasRole(actor, minimum)) return null
  return new AppError('forbidden', `This needs the role ${minimum}.`)
}

const unauthenticated = (actor: Extract<Actor, { kind: 'anonymous' }>): AppError =>
  actor.credential === 'expired'
    ? new AppError('session_expired', 'Your session has expired. Sign in again.')
    : new AppError('unauthenticated', 'You are not signed in. Run `sallyport open` on the machine.')
