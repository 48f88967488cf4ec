import type { CallAudit } from '../../audit/call-audit.ts'
import type { Connection } from '../../connection.ts'
import { AppError } from '../../errors.ts'
import { limits } from '../../limits/limits.ts'
import type { AuthDeps } from './auth-service.ts'
import { deviceName } from './device-name.ts'

/**
 * Signs a browser in with a launch ticket. Direct loopback only: whoever opened the URL sits at the machine, or tunnels to it on purpose (`ssh -L`). Always a
 * new token: whatever cookie the browser came with, planted or old, is not looked at and becomes nothing (session fixation).
 */
export const redeemTicket = async (
  deps: Pick<AuthDeps, 'tickets' | 'authSessions' | 'ticketFailures'>,
  call: { readonly connection: Connection; readonly audit: CallAudit },
  ticket: string,
): Promise<{ redirectTo: string }> => {
  const { connection, audit } = call
  const attempt = deps.ticketFailures.begin(connection.address)
  const redirectTo = deps.tickets.redeem(ticket)
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
  const { cookie } = connection
  if (cookie === undefined) throw new AppError('http_only', 'This procedure sets a cookie and exists over HTTP only.')

  const device = deviceName(connection.userAgent)
  await audit.commit({ target: device })
  const { token, authSession } = await deps.authSessions.create(device, connection.address)
  // Longer than it is good for: a browser that had dropped it could not be told that its session expired (A9).
  const keptMs = authSession.expiresAt - authSession.createdAt + limits.authSession.keepEndedMs
  cookie.set(token, Math.floor(keptMs / 1000))
  attempt.succeeded()
  return { redirectTo }
}
