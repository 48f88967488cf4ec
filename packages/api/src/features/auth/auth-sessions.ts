import { ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { newId } from '@sallyport/crypto/ids'
import type { Secret } from '@sallyport/crypto/secret'
import { isToken, newToken, type RandomBytes, tokenHash } from '@sallyport/crypto/tokens'
import {
  type AuthSessionLookup,
  createLiveAuthSessions,
  type LiveAuthSession,
} from '../../access/live-auth-sessions.ts'
import { createAlarm } from '../../alarm.ts'
import type { Clock, Log } from '../../api-dependencies.ts'
import type { AuditLog } from '../../audit/audit-log.ts'
import { limits } from '../../limits/limits.ts'
import type { AuthSessionStore, EndReason } from './auth-session.store.ts'

export interface AuthSessionsDeps {
  readonly store: AuthSessionStore
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
  readonly tokenKey: Secret<Uint8Array>
  readonly osUser: string
  readonly durationMs: number
  /** null: no idle timeout. */
  readonly idleTimeoutMs: number | null
  readonly audit: AuditLog
  /** Closes the sockets and streams of an auth session. */
  readonly onEnded: (authSessionId: string, reason: EndReason) => void
}

/** Signed-in browsers: the store, and the map in memory that every call is checked against. */
export interface AuthSessions {
  /** Loads the map once; a failed load is tried again by the next call. */
  ready(): Promise<void>
  find(token: string): Promise<AuthSessionLookup>
  list(): Promise<readonly LiveAuthSession[]>
  /** Signs the owner in on a device. The token is shown to nobody but that browser. */
  create(device: string, address: string): Promise<{ readonly token: string; readonly authSession: LiveAuthSession }>
  /** Those that were live and no longer are. */
  end(ids: readonly string[], reason: EndReason): Promise<readonly string[]>
  close(): void
}

export const createAuthSessions = (deps: AuthSessionsDeps): AuthSessions => {
  const { store, clock } = deps
  const live = createLiveAuthSessions()
  let loading: Promise<{ readonly id: string; readonly name: string }> | undefined
  const alarm = createAlarm(clock, () => void endDue())

  const load = async () => {
    await store.purge(clock.now() - limits.authSession.keepEndedMs)
    const owner = await store.owner({ id: freshId(), name: deps.osUser })
    for (const hash of await store.expiredHashes()) live.addExpired(hash)
    for (const authSession of await store.live()) live.add(authSession)
    await endDue()
    return owner
  }

  const ready = async () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined
      throw error
    })
    return loading
  }

  const freshId = (): string => newId(deps.random, ID_ALPHABET, ID_LENGTH)
  const hash = (token: string): Uint8Array => tokenHash(deps.tokenKey.reveal(), token)

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

  return {
    ready: async () => {
      await ready()
    },
    find: async (token) => {
      if (!isToken(token)) return 'unknown'
      await ready()
      const found = live.find(hash(token))
      if (typeof found === 'string') return found
      const now = clock.now()
      // The timer may be late (a suspended laptop); the clock is not.
      if (dueAt(found) <= now) {
        await endDue()
        return 'expired'
      }
      touch(found, now)
      return found
    },
    list: async () => {
      await ready()
      return live.all()
    },
    create: async (device, address) => {
      const owner = await ready()
      const token = newToken(deps.random)
      const now = clock.now()
      const authSession: LiveAuthSession = {
        id: freshId(),
        tokenHash: hash(token),
        userId: owner.id,
        user: owner.name,
        role: 'owner',
        device,
        address,
        createdAt: now,
        lastUsedAt: now,
        expiresAt: now + deps.durationMs,
      }
      await store.insert(authSession)
      live.add(authSession)
      armAlarm()
      return { token, authSession }
    },
    end,
    close: () => alarm.set(null),
  }
}
