import type { Role } from '@sallyport/contract/auth'
import type { Connection } from '../connection.ts'
import { AppError } from '../errors.ts'
import { limits } from '../limits/limits.ts'
import { type Actor, hasRole } from './actor.ts'

/**
 * Who may call a procedure: `anyone`; somebody in the middle of setting an account up; an actor with at least this role (`local` counts as owner); or `socket`,
 * the Unix socket alone, where not even an owner's cookie helps (a stolen one must not be able to mint tickets or stop the daemon).
 */
export type Access = 'anyone' | 'onboarding' | Role | 'socket'

export interface AccessRule {
  readonly access: Access
  /** `http`: sets or clears a cookie, which only an HTTP response can. */
  readonly transport?: 'http'
  /** A caller over the network must have proved who they are within the last five minutes (A10): a cookie taken from a browser changes nothing that lasts. */
  readonly stepUp?: true
}

/** The one place that says no. Returns the refusal, or null when the actor may. Who someone is gets decided before what they may. */
export const refusal = (rule: AccessRule, actor: Actor, connection: Connection, now: number): AppError | null => {
  if (rule.access === 'socket' && (actor.kind !== 'local' || connection.transport !== 'unix')) {
    return new AppError('socket_only', 'This is possible on the machine itself only, through the sallyport command.')
  }
  if (rule.access === 'onboarding' && actor.kind !== 'onboarding') {
    return new AppError('unauthenticated', 'This setup is over or has expired. Sign in again.')
  }
  if (rule.access !== 'anyone' && rule.access !== 'socket' && rule.access !== 'onboarding') {
    const denied = roleRefusal(actor, rule.access)
    if (denied !== null) return denied
  }
  if (rule.stepUp === true) {
    const denied = stepUpRefusal(actor, now)
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

/** The default branch is no: only the socket and a fresh proof pass. */
const stepUpRefusal = (actor: Actor, now: number): AppError | null => {
  if (actor.kind === 'local') return null
  // Mode off: there is nothing to prove, so nothing that lasts is changed from a page (A1).
  if (actor.kind !== 'user') {
    return new AppError('socket_only', 'Sign-in is off, so this is possible through the sallyport command only.')
  }
  // A clock that was set back must not make an old proof fresh for ever.
  const ageMs = now - actor.provenAt
  if (ageMs >= 0 && ageMs < limits.stepUp.lifetimeMs) return null
  return new AppError('step_up_required', 'Confirm that it is you: this needs your password or a code again.')
}

const roleRefusal = (actor: Actor, minimum: Role): AppError | null => {
  if (hasRole(actor, minimum)) return null
  if (actor.kind === 'onboarding') return new AppError('unauthenticated', 'Finish the setup first.')
  if (actor.kind === 'anonymous' && actor.role === null) return unauthenticated(actor)
  return new AppError('forbidden', `This needs the role ${minimum}.`)
}

const unauthenticated = (actor: Extract<Actor, { kind: 'anonymous' }>): AppError =>
  actor.credential === 'expired'
    ? new AppError('session_expired', 'Your session has expired. Sign in again.')
    : new AppError('unauthenticated', 'You are not signed in.')
