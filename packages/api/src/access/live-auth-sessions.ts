import type { Role } from '@sallyport/contract/auth'

/** An auth session as every call needs it: no SQLite on a keystroke. Times are ms since the epoch. */
export interface LiveAuthSession {
  readonly id: string
  /** Changes with every proof (W12): the id stays. */
  tokenHash: Uint8Array
  readonly userId: string
  readonly user: string
  readonly role: Role
  readonly device: string
  readonly address: string
  readonly createdAt: number
  readonly expiresAt: number
  lastUsedAt: number
  /** When the browser last proved who uses it (A10). Only in memory: a restart asks again. */
  provenAt: number
}

export type AuthSessionLookup = LiveAuthSession | 'expired' | 'unknown'

/**
 * The auth sessions that are alive, and the hashes of those that expired lately, in memory. The store fills it at boot; sign-in and revocation change it. A
 * lookup by an HMAC under a secret key tells a guesser nothing through timing.
 */
export interface LiveAuthSessions {
  add(authSession: LiveAuthSession): void
  /** Remembers that this token was good once: its answer is `session_expired`. */
  addExpired(tokenHash: Uint8Array): void
  remove(id: string): LiveAuthSession | undefined
  /** The old token is nothing from now on. False: there is no such auth session. */
  replaceToken(id: string, tokenHash: Uint8Array): boolean
  find(tokenHash: Uint8Array): AuthSessionLookup
  get(id: string): LiveAuthSession | undefined
  all(): readonly LiveAuthSession[]
}

export const createLiveAuthSessions = (): LiveAuthSessions => {
  const byHash = new Map<string, LiveAuthSession>()
  const byId = new Map<string, LiveAuthSession>()
  const expired = new Set<string>()

  return {
    add: (authSession) => {
      byHash.set(hashKey(authSession.tokenHash), authSession)
      byId.set(authSession.id, authSession)
    },
    addExpired: (tokenHash) => void expired.add(hashKey(tokenHash)),
    remove: (id) => {
      const authSession = byId.get(id)
      if (authSession === undefined) return undefined
      byId.delete(id)
      byHash.delete(hashKey(authSession.tokenHash))
      return authSession
    },
    replaceToken: (id, tokenHash) => {
      const authSession = byId.get(id)
      if (authSession === undefined) return false
      byHash.delete(hashKey(authSession.tokenHash))
      authSession.tokenHash = tokenHash
      byHash.set(hashKey(tokenHash), authSession)
      return true
    },
    find: (tokenHash) => {
      const key = hashKey(tokenHash)
      return byHash.get(key) ?? (expired.has(key) ? 'expired' : 'unknown')
    },
    get: (id) => byId.get(id),
    all: () => [...byId.values()],
  }
}

const hashKey = (hash: Uint8Array): string => Buffer.from(hash).toString('base64')
