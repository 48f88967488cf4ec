import type { Secret } from '@sallyport/crypto/secret'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { Clock } from '../../../api-dependencies.ts'
import type { Connection, CookieJar } from '../../../connection.ts'
import { AppError } from '../../../errors.ts'
import { limits } from '../../../limits/limits.ts'
import type { AuthSessions } from '../auth-sessions/auth-sessions.ts'
import { deviceName } from '../auth-sessions/device-name.ts'
import type { AuthCall } from '../call.ts'
import { signInFailed } from '../sign-in-failed.ts'
import type { StoredUser, UserStore } from '../users/user.store.ts'
import { renewedDevice } from './known-device.ts'
import type { PendingSignIns } from './pending-sign-ins.ts'
import { unchangedUser } from './unchanged-user.ts'

export interface CompleteSignInDeps {
  readonly authSessions: AuthSessions
  readonly users: UserStore
  readonly pendingSignIns: PendingSignIns
  readonly clock: Clock
  readonly random: RandomBytes
  readonly deviceKey: Secret<Uint8Array>
}

/**
 * The one place that opens an auth session, when everything is proved. Commits the audit row of the call first. Always a new token: whatever cookies the browser
 * came with, planted or old, become nothing (session fixation); an auth session that it had is replaced. `target` is the row's, the user's name where absent. `endings` are `PendingSignIns.endingsOf` the user when the
 * proof began, those of now where absent. Throws `sign_in_failed` when the password changed or everything was ended since.
 */
export type CompleteSignIn = (call: AuthCall, user: StoredUser, target?: string, endings?: number) => Promise<void>

export const createCompleteSignIn =
  (deps: CompleteSignInDeps): CompleteSignIn =>
  async (call, user, target = user.name, endings = deps.pendingSignIns.endingsOf(user.id)) => {
    const { connection, audit } = call
    const { authSessions, pendingSignIns } = deps
    const cookies = cookiesOf(connection)
    await audit.commit({ target })
    await deps.users.countSuccess(user.id)
    const { token, authSession } = await authSessions.create({
      user,
      device: deviceName(connection.userAgent),
      address: connection.address,
    })
    // Whoever changes the password, resets the second factor or signs everything out ends what is signed in; this one was not there yet when they did.
    if ((await unchangedUser(deps.users, user)) === null || pendingSignIns.endingsOf(user.id) !== endings) {
      await authSessions.end([authSession.id], 'revoked')
      throw signInFailed()
    }
    await endFormer(authSessions, call)
    pendingSignIns.drop(connection.signInToken)

    setSessionCookie(cookies, token, authSession.expiresAt - authSession.createdAt)
    cookies.clear('sign_in')
    cookies.set('device', renewedDevice(deps, connection, user.id), limits.signIn.deviceLifetimeMs / 1000)
  }

/** Kept for longer than it is good for: a browser that had dropped it could not be told that its session expired (A9). */
export const setSessionCookie = (cookies: CookieJar, token: string, goodForMs: number): void =>
  cookies.set('session', token, Math.floor((goodForMs + limits.authSession.keepEndedMs) / 1000))

export const cookiesOf = (connection: Connection): CookieJar => {
  if (connection.cookies !== undefined) return connection.cookies
  throw new AppError('http_only', 'This procedure sets a cookie and exists over HTTP only.')
}

/** Ends the auth session that this browser is signed in with, if any. */
export const endFormer = async (authSessions: Pick<AuthSessions, 'end'>, { actor }: AuthCall): Promise<void> => {
  if (actor.kind === 'user') await authSessions.end([actor.authSessionId], 'replaced')
}
