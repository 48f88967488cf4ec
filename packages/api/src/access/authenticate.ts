import type { Connection } from '../connection.ts'
import type { Actor } from './actor.ts'
import type { AuthSessionLookup } from './live-auth-sessions.ts'

export interface Authentication {
  /** Name of the OS account, whose uid the Unix-socket listener has checked before it read a byte (SPEC W2). */
  readonly osUser: string
  /** Looks a cookie's token up; anything that is not a token is unknown. */
  readonly findAuthSession: (token: string) => Promise<AuthSessionLookup>
}

/**
 * Who a connection is, now. Asked per call, because a WebSocket outlives a sign-out. The transport decides first: a cookie means nothing on the Unix socket, and
 * being on this machine means nothing on TCP, where every local user is. What is not recognised is anonymous.
 */
export const authenticate = async (how: Authentication, connection: Connection): Promise<Actor> => {
  if (connection.transport === 'unix') return { kind: 'local', user: how.osUser, pid: connection.peerPid }
  if (connection.cookieToken === undefined) return { kind: 'anonymous', credential: 'none' }

  const found = await how.findAuthSession(connection.cookieToken)
  if (found === 'expired') return { kind: 'anonymous', credential: 'expired' }
  if (found === 'unknown') return { kind: 'anonymous', credential: 'none' }
  return {
    kind: 'user',
    userId: found.userId,
    user: found.user,
    role: found.role,
    authSessionId: found.id,
    expiresAt: found.expiresAt,
  }
}
