import type { AuthMode } from '@sallyport/contract/auth'
import type { Clock } from '../../../api-dependencies.ts'
import { AppError } from '../../../errors.ts'
import { addressGroup } from '../../../limits/client-address.ts'
import type { FailedAttempts } from '../../../limits/failed-attempts.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import { deviceName } from '../auth-sessions/device-name.ts'
import type { AuthCall } from '../call.ts'
import type { CompleteSignIn } from '../sign-in/complete-sign-in.ts'
import { renewSessionCookie } from '../step-up/renew-session-cookie.ts'
import type { UserStore } from '../users/user.store.ts'
import type { LaunchTickets } from './launch-tickets.ts'

export interface RedeemTicketDeps {
  readonly tickets: LaunchTickets
  readonly ticketFailures: FailedAttempts
  readonly users: Pick<UserStore, 'owner'>
  readonly authSessions: Pick<AuthSessions, 'renewToken'>
  readonly completeSignIn: CompleteSignIn
  readonly clock: Clock
  readonly mode: AuthMode
}

/**
 * Signs a browser in with a launch ticket. Direct loopback only: whoever opened the URL sits at the machine, or tunnels to it on purpose (`ssh -L`). In a browser
 * that is signed in as the owner already it is a step-up (A10): the same auth session, proved anew.
 */
export const redeemTicket = async (
  deps: RedeemTicketDeps,
  call: AuthCall,
  ticket: string,
): Promise<{ redirectTo: string }> => {
  const { actor, audit, connection } = call
  const redirectTo = deps.tickets.redeem(ticket)
  // Wrong ones only: anybody on this machine can send ten wrong ones, and must not shut the owner's own link out with them. 256 bits need no limit.
  if (redirectTo === null) deps.ticketFailures.begin(addressGroup(connection.address))
  // After it was used up: a ticket that travelled through a proxy has been seen by others.
  if (!connection.directLoopback) {
    throw new AppError(
      'forbidden',
      'A launch ticket works in a browser on the machine itself only, not through a proxy.',
    )
  }
  if (redirectTo === null) {
    throw new AppError('unauthenticated', 'This link was used already or is too old. Run `sallyport open` again.')
  }

  const device = deviceName(connection.userAgent)
  const owner = await deps.users.owner()
  const target = `${owner.name} on ${device}`
  if (deps.mode === 'off') {
    // Nobody signs in (A1): a page is all that a ticket opens.
    await audit.commit({ target: device })
  } else if (actor.kind === 'user' && actor.userId === owner.id) {
    await audit.commit({ target })
    await renewSessionCookie(deps, connection, actor)
  } else await deps.completeSignIn(call, owner, target)
  return { redirectTo }
}
