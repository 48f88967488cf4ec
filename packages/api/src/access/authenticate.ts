import type { Role } from '@sallyport/contract/auth'
import type { Connection } from '../connection.ts'
import type { Actor } from './actor.ts'
import type { AuthSessionLookup } from './live-auth-sessions.ts'

export interface Authentication {
  /** Name of the OS account, whose uid the Unix-socket listener has checked before it read a byte (SPEC W2). */
  readonly osUser: string
  /** Mode `off`: nobody signs in (A1). */
  readonly isOpen: boolean
  readonly authSessions: {
    /** By a cookie's token; anything that is not a token is unknown. */
    find(token: string): Promise<AuthSessionLookup>
    findById(id: string): Promise<AuthSessionLookup>
  }
  /** Somebody who proved a password and has an account to set up. */
  readonly findOnboarding: (signInToken: string) => Onboarding | null
}

interface Onboarding {
  readonly user: string
  readonly step: 'password' | 'second_factor'
  readonly expiresAt: number
}

/**
 * Who a connection is, now. Asked per call, because a WebSocket outlives a sign-out. The transport decides first: a cookie means nothing on the Unix socket, and
 * being on this machine means nothing on TCP, where every local user is, unless sign-in is off. What is not recognised is anonymous.
 */
export const createAuthenticate = (how: Authentication): ((connection: Connection) => Promise<Actor>) => {
  const findAuthSession = createCookieLookup(how.authSessions)

  return async (connection) => {
    if (connection.transport === 'unix') return { kind: 'local', user: how.osUser, pid: connection.peerPid }
    // Never through a proxy: whoever stands behind it is not on this machine. Operator: what lasts is changed on the socket.
    if (how.isOpen) return anonymous('none', connection.directLoopback ? 'operator' : null)

    const found = await findAuthSession(connection)
    if (typeof found === 'object') {
      const { id, userId, user, role, expiresAt, provenAt } = found
      return { kind: 'user', userId, user, role, authSessionId: id, expiresAt, provenAt }
    }
    const onboarding = connection.signInToken === undefined ? null : how.findOnboarding(connection.signInToken)
    if (onboarding !== null) return { kind: 'onboarding', ...onboarding }
    return anonymous(found === 'expired' ? 'expired' : 'none', null)
  }
}

/** Proved so long ago that nothing which asks for a fresh proof is done for it. */
const NEVER = Number.NEGATIVE_INFINITY

/**
 * A proof replaces the token and leaves open sockets alone (W12), so a WebSocket is asked once for its cookie's token and from then on stands for the auth session
 * that it showed, for as long as that one lives. The proof counts only where the new token is shown: a socket that was opened with a stolen cookie is not lifted by
 * what the owner proves in another place. It also keeps an HMAC off every keystroke.
 */
const createCookieLookup = (authSessions: Authentication['authSessions']) => {
  const shown = new WeakMap<Connection, { readonly id: string; readonly tokenHash: Uint8Array }>()
  return async (connection: Connection): Promise<AuthSessionLookup> => {
    const before = shown.get(connection)
    const known = before === undefined ? 'unknown' : await authSessions.findById(before.id)
    if (typeof known === 'object') return known.tokenHash === before?.tokenHash ? known : { ...known, provenAt: NEVER }
    if (connection.cookieToken === undefined) return 'unknown'
    const found = await authSessions.find(connection.cookieToken)
    if (typeof found === 'object' && connection.transport === 'websocket') {
      shown.set(connection, { id: found.id, tokenHash: found.tokenHash })
    }
    return found
  }
}

const anonymous = (credential: 'none' | 'expired', role: Role | null): Actor => ({
  kind: 'anonymous',
  credential,
  role,
})
