import type { Clock } from '../../../api-dependencies.ts'
import type { Connection } from '../../../connection.ts'
import type { SignedInUser } from '../account/signed-in-user.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import { cookiesOf, setSessionCookie } from '../sign-in/complete-sign-in.ts'

/**
 * After a proof: a new token for the same auth session (W12). A copy of the old cookie is worth nothing from now on, while the tabs of this browser keep their
 * sockets.
 */
export const renewSessionCookie = async (
  deps: { readonly authSessions: Pick<AuthSessions, 'renewToken'>; readonly clock: Clock },
  connection: Connection,
  actor: SignedInUser,
): Promise<void> => {
  const cookies = cookiesOf(connection)
  const token = await deps.authSessions.renewToken(actor.authSessionId)
  setSessionCookie(cookies, token, actor.expiresAt - deps.clock.now())
}
