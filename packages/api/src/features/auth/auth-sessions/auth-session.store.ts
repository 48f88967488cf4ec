import { type AuthMode, role } from '@sallyport/contract/auth'
import type { Database } from '@sallyport/database/database'
import type { LiveAuthSession } from '../../../access/live-auth-sessions.ts'

export type EndReason =
  | 'expired'
  | 'idle'
  | 'signed_out'
  | 'revoked'
  /** The same browser signed in again. */
  | 'replaced'
  /** At boot: it was opened under another `auth.mode`. */
  | 'mode_changed'
  /** At boot, mode ephemeral: its key is gone. */
  | 'restarted'

/** The auth sessions of one `auth.mode`. */
export interface AuthSessionStore {
  live(): Promise<LiveAuthSession[]>
  /** Token hashes of those that expired since; revoked ones are dead like any unknown token. */
  expiredHashes(): Promise<Uint8Array[]>
  insert(authSession: LiveAuthSession): Promise<void>
  replaceToken(id: string, tokenHash: Uint8Array): Promise<void>
  touch(id: string, at: number): Promise<void>
  end(ids: readonly string[], reason: EndReason, at: number): Promise<void>
  /** At boot: those that cannot outlive the daemon that opened them. */
  endStale(at: number): Promise<void>
  /** Forgets what ended before this time. */
  purge(endedBefore: number): Promise<void>
}

export const createAuthSessionStore = (database: () => Promise<Database>, mode: AuthMode): AuthSessionStore => {
  const authSessions = async () => (await database()).prisma.authSession

  return {
    live: async () => {
      const rows = await (await authSessions()).findMany({ where: { endedAt: null, mode }, select: columns })
      return rows.map(({ user, ...row }) => {
        const createdAt = row.createdAt.getTime()
        return {
          ...row,
          user: user.name,
          role: role.parse(user.role),
          createdAt,
          lastUsedAt: row.lastUsedAt.getTime(),
          expiresAt: row.expiresAt.getTime(),
          // The last proof that is on record is the sign-in itself.
          provenAt: createdAt,
        }
      })
    },
    expiredHashes: async () => {
      const rows = await (await authSessions()).findMany({
        where: { endReason: { in: ['expired', 'idle'] satisfies EndReason[] }, mode },
        select: { tokenHash: true },
      })
      return rows.map(({ tokenHash }) => tokenHash)
    },
    insert: async ({ id, userId, tokenHash, device, address, createdAt, lastUsedAt, expiresAt }) => {
      await (await authSessions()).create({
        data: {
          id,
          userId,
          device,
          address,
          kind: 'browser',
          mode,
          tokenHash: new Uint8Array(tokenHash),
          createdAt: new Date(createdAt),
          lastUsedAt: new Date(lastUsedAt),
          expiresAt: new Date(expiresAt),
        },
        select: { id: true },
      })
    },
    replaceToken: async (id, tokenHash) => {
      await (await authSessions()).updateMany({
        where: { id, endedAt: null },
        data: { tokenHash: new Uint8Array(tokenHash) },
      })
    },
    touch: async (id, at) => {
      await (await authSessions()).updateMany({
        where: { id, endedAt: null },
        data: { lastUsedAt: new Date(at) },
      })
    },
    end: async (ids, reason, at) => {
      await (await authSessions()).updateMany({
        where: { id: { in: [...ids] }, endedAt: null },
        data: { endedAt: new Date(at), endReason: reason },
      })
    },
    endStale: async (at) => {
      const ended = (endReason: EndReason) => ({ endedAt: new Date(at), endReason })
      const table = await authSessions()
      await table.updateMany({ where: { endedAt: null, NOT: { mode } }, data: ended('mode_changed') })
      if (mode === 'ephemeral') await table.updateMany({ where: { endedAt: null }, data: ended('restarted') })
    },
    purge: async (endedBefore) => {
      await (await authSessions()).deleteMany({ where: { endedAt: { lt: new Date(endedBefore) } } })
    },
  }
}

const columns = {
  id: true,
  tokenHash: true,
  userId: true,
  device: true,
  address: true,
  createdAt: true,
  lastUsedAt: true,
  expiresAt: true,
  user: { select: { name: true, role: true } },
} as const
