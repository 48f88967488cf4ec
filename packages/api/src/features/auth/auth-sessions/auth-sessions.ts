import type { Role } from '@sallyport/contract/auth'
import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { newId } from '@sallyport/crypto/ids'
import { isToken, newToken, type RandomBytes, tokenHash } from '@sallyport/crypto/tokens'
import {
  type AuthSessionLookup,
  createLiveAuthSessions,
  type LiveAuthSession,
} from '../../../access/live-auth-sessions.ts'
import { createAlarm } from '../../../alarm.ts'
import type { Clock, Log } from '../../../api-dependencies.ts'
import type { AuditLog } from '../../../audit/audit-log.ts'
import { AppError } from '../../../errors.ts'
import { limits } from '../../../limits/limits.ts'
import type { AuthSessionStore, EndReason } from './auth-session.store.ts'

export interface AuthSessionsDeps {
  readonly store: AuthSessionStore
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
  /** Of the HMAC of tokens: 32 bytes. In modes password and ephemeral it takes an Argon2id to make. */
  readonly tokenKey: () => Promise<Uint8Array>
  readonly durationMs: number
  /** null: no idle timeout. */
  readonly idleTimeoutMs: number | null
  readonly audit: AuditLog
  /** Closes the sockets and streams of an auth session. */
  readonly onEnded: (authSessionId: string, reason: EndReason) => void
}

export interface NewAuthSession {
  readonly user: { readonly id: string; readonly name: string; readonly role: Role }
  readonly device: string
  readonly address: string
}

/** Signed-in browsers: the store, and the map in memory that every call is checked against. */
export interface AuthSessions {
  /** Loads the map once; a failed load is tried again by the next call. */
  ready(): Promise<void>
  find(token: string): Promise<AuthSessionLookup>
  /** For a WebSocket that was opened under an older token of this auth session: a proof renews the token and leaves its sockets open (W12). */
  findById(id: string): Promise<AuthSessionLookup>
  list(): Promise<readonly LiveAuthSession[]>
  /** Signs a user in on a device. The token is shown to nobody but that browser. */
  create(o: NewAuthSession): Promise<{ readonly token: string; readonly authSession: LiveAuthSession }>
  /** After a proof (W12): a new token for the same auth session, whose sockets stay open. The old token is nothing from now on. Throws when it is not live. */
  renewToken(id: string): Promise<string>
  /** Those that were live and no longer are. */
  end(ids: readonly string[], reason: EndReason): Promise<readonly string[]>
  /** All of one user but one. */
  endOthersOf(userId: string, exceptId: string | null, reason: EndReason): Promise<readonly string[]>
  /** The user is called something else now. */
  renamed(userId: string, name: string): void
  close(): void
}

export const createAuthSessions = (deps: AuthSessionsDeps): AuthSessions => {
  const { store, clock } = deps
  const live = createLiveAuthSessions()
  let loading: Promise<Uint8Array> | undefined
  const alarm = createAlarm(clock, () => void endDue())

  const load = async (): Promise<Uint8Array> => {
    const now = clock.now()
    await store.purge(now - limits.authSession.keepEndedMs)
    await store.endStale(now)
    for (const hash of await store.expiredHashes()) live.addExpired(hash)
    for (const authSession of await store.live()) live.add(authSession)
    await endDue()
    return deps.tokenKey()
  }

  /** The key of the token HMAC, when the map is filled. */
  const ready = async (): Promise<Uint8Array> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }

  const freshId = (): string => newId(deps.random, ID_ALPHABET, ID_LENGTH)

  const idleAt = (one: LiveAuthSession): number =>
    deps.idleTimeoutMs === null ? Number.POSITIVE_INFINITY : one.lastUsedAt + deps.idleTimeoutMs
  const dueAt = (one: LiveAuthSession): number => Math.min(one.expiresAt, idleAt(one))

  /** One timer for the next expiry: a page that only watches is closed on time too, and nothing polls. */
  const armAlarm = (): void => {
    const next = Math.min(...live.all().map(dueAt))
    alarm.set(Number.isFinite(next) ? next : null)
  }

  const endDue = async (): Promise<void> => {
    const now = clock.now()
    for (const one of live.all().filter((each) => dueAt(each) <= now)) {
      // An error here (disk full) must not end the timer: the map is right already, the row follows at the next boot.
      await expire(one).catch((error: unknown) => deps.log.error('an expired sign-in could not be recorded', { error }))
    }
    armAlarm()
  }

  const expire = async (one: LiveAuthSession): Promise<void> => {
    live.addExpired(one.tokenHash)
    const reason = one.expiresAt <= clock.now() ? 'expired' : 'idle'
    // The timer and a call may notice at the same moment: one of them ends it.
    const ended = await end([one.id], reason)
    if (ended.length === 0) return
    await deps.audit.write({
      actor: `user:${one.user}`,
      event: 'auth_session.expired',
      target: one.id,
      outcome: 'ok',
      session: null,
      reason,
      address: one.address,
      count: 1,
    })
  }

  const end: AuthSessions['end'] = async (ids, reason) => {
    // Memory and sockets first: access ends now, even when the database cannot say so.
    const ended = ids.filter((id) => live.remove(id) !== undefined)
    for (const id of ended) deps.onEnded(id, reason)
    armAlarm()
    if (ended.length > 0) await store.end(ended, reason, clock.now())
    return ended
  }

  const touch = (one: LiveAuthSession, now: number): void => {
    if (now - one.lastUsedAt < limits.authSession.touchEveryMs && deps.idleTimeoutMs === null) return
    const write = now - one.lastUsedAt >= limits.authSession.touchEveryMs
    one.lastUsedAt = now
    if (!write) return
    store.touch(one.id, now).catch((error: unknown) => deps.log.warn('last use of a sign-in not recorded', { error }))
  }

  const alive = async (found: AuthSessionLookup): Promise<AuthSessionLookup> => {
    if (typeof found === 'string') return found
    const now = clock.now()
    // The timer may be late (a suspended laptop); the clock is not.
    if (dueAt(found) <= now) {
      await endDue()
      return 'expired'
    }
    touch(found, now)
    return found
  }

  return {
    ready: async () => {
      await ready()
    },
    find: async (token) => {
      if (!isToken(token)) return 'unknown'
      return alive(live.find(tokenHash(await ready(), token)))
    },
    findById: async (id) => {
      await ready()
      return alive(live.get(id) ?? 'unknown')
    },
    list: async () => {
      await ready()
      return live.all()
    },
    create: async ({ user, device, address }) => {
      const key = await ready()
      const token = newToken(deps.random)
      const now = clock.now()
      const authSession: LiveAuthSession = {
        id: freshId(),
        tokenHash: tokenHash(key, token),
        userId: user.id,
        user: user.name,
        role: user.role,
        device,
        address,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: now + deps.durationMs,
        provenAt: now,
      }
      await store.insert(authSession)
      live.add(authSession)
      armAlarm()
      return { token, authSession }
    },
    renewToken: async (id) => {
      const key = await ready()
      const token = newToken(deps.random)
      const hash = tokenHash(key, token)
      await store.replaceToken(id, hash)
      const one = live.replaceToken(id, hash) ? live.get(id) : undefined
      // Revoked in the meantime: a proof does not bring it back.
      if (one === undefined) throw new AppError('unauthenticated', 'You are not signed in.')
      one.provenAt = clock.now()
      return token
    },
    end,
    endOthersOf: async (userId, exceptId, reason) => {
      await ready()
      const others = live.all().filter((one) => one.userId === userId && one.id !== exceptId)
      return end(
        others.map(({ id }) => id),
        reason,
      )
    },
    renamed: (userId, name) => {
      for (const one of live.all().filter((each) => each.userId === userId)) {
        live.remove(one.id)
        live.add({ ...one, user: name })
      }
    },
    close: () => alarm.set(null),
  }
}
