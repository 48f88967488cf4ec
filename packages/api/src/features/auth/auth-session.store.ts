import { role } from '@sallyport/contract/auth'
import type { Database } from '@sallyport/database/database'
import type { LiveAuthSession } from '../../access/live-auth-sessions.ts'

export type EndReason = 'expired' | 'idle' | 'signed_out' | 'revoked'

export interface Owner {
  readonly id: string
  readonly name: string
}

export interface AuthSessionStore {
  /** The owner's account; made when there is none, at first boot. */
  owner(fresh: Owner): Promise<Owner>
  live(): Promise<LiveAuthSession[]>
  /** Token hashes of those that expired since; revoked ones are dead like any unknown token. */
  expiredHashes(): Promise<Uint8Array[]>
  insert(authSession: LiveAuthSession): Promise<void>
  touch(id: string, at: number): Promise<void>
  end(ids: readonly string[], reason: EndReason, at: number): Promise<void>
  /** Forgets what ended before this time. */
  purge(endedBefore: number): Promise<void>
}

export const createAuthSessionStore = (
  database: () => Promise<Database>,
  clock: { now(): number },
): AuthSessionStore => {
  const prisma = async () => (await database()).prisma

  return {
    owner: async (fresh) => {
      const { user } = await prisma()
      const select = { id: true, name: true } as const
      const owner = await user.findFirst({ where: { role: 'owner' }, orderBy: { createdAt: 'asc' }, select })
      return owner ?? user.create({ data: { ...fresh, role: 'owner', createdAt: new Date(clock.now()) }, select })
    },
    live: async () => {
      const rows = await (await prisma()).authSession.findMany({ where: { endedAt: null }, select: columns })
      return rows.map(({ user, ...row }) => ({
        ...row,
        user: user.name,
        role: role.parse(user.role),
        createdAt: row.createdAt.getTime(),
        lastUsedAt: row.lastUsedAt.getTime(),
        expiresAt: row.expiresAt.getTime(),
      }))
    },
    expiredHashes: async () => {
      const rows = await (await prisma()).authSession.findMany({
        where: { endReason: { in: ['expired', 'idle'] satisfies EndReason[] } },
        select: { tokenHash: true },
      })
      return rows.map(({ tokenHash }) => tokenHash)
    },
    insert: async ({ user: _name, role: _role, tokenHash, createdAt, lastUsedAt, expiresAt, ...row }) => {
      await (await prisma()).authSession.create({
        data: {
          ...row,
          kind: 'browser',
          tokenHash: new Uint8Array(tokenHash),
          createdAt: new Date(createdAt),
          lastUsedAt: new Date(lastUsedAt),
          expiresAt: new Date(expiresAt),
        },
        select: { id: true },
      })
    },
    touch: async (id, at) => {
      await (await prisma()).authSession.updateMany({
        where: { id, endedAt: null },
        data: { lastUsedAt: new Date(at) },
      })
    },
    end: async (ids, reason, at) => {
      await (await prisma()).authSession.updateMany({
        where: { id: { in: [...ids] }, endedAt: null },
        data: { endedAt: new Date(at), endReason: reason },
      })
    },
    purge: async (endedBefore) => {
      await (await prisma()).authSession.deleteMany({ where: { endedAt: { lt: new Date(endedBefore) } } })
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
