import type { AuthSession } from '@sallyport/contract/auth'
import type { Actor } from '../../../access/actor.ts'
import type { LiveAuthSession } from '../../../access/live-auth-sessions.ts'
import { AppError } from '../../../errors.ts'
import { signedInUser } from '../account/signed-in-user.ts'
import type { AuthCall } from '../call.ts'
import type { PendingSignIns } from '../sign-in/pending-sign-ins.ts'
import type { AuthSessions } from './auth-sessions.ts'

export interface DevicesDeps {
  readonly authSessions: AuthSessions
  readonly pendingSignIns: Pick<PendingSignIns, 'endAll' | 'endAllOf'>
}

/** Signed-in devices: on the machine itself everybody's; a browser sees and ends those of its own user only. Ended: sockets and streams are closed before the answer leaves (A9). */
export interface Devices {
  list(actor: Actor): Promise<AuthSession[]>
  /** The one whose id begins with `ref`. */
  revoke(call: AuthCall, ref: string): Promise<{ id: string }>
  /** All of the caller's but the one that calls; sign-ins under way too. */
  revokeOthers(call: AuthCall): Promise<{ revoked: number }>
  /** Everybody's; sign-ins under way too. */
  revokeAll(call: AuthCall): Promise<{ revoked: number }>
  /** The caller's own, on all of its tabs. */
  signOut(call: AuthCall): Promise<{ ok: true }>
}

export const createDevices = ({ authSessions, pendingSignIns }: DevicesDeps): Devices => {
  const visibleTo = async (actor: Actor): Promise<LiveAuthSession[]> =>
    (await authSessions.list()).filter(
      (one) => actor.kind === 'local' || (actor.kind === 'user' && actor.userId === one.userId),
    )

  return {
    list: async (actor) =>
      (await visibleTo(actor))
        .toSorted((a, b) => b.lastUsedAt - a.lastUsedAt)
        .map(({ id, user, device, address, createdAt, lastUsedAt, expiresAt }) => ({
          id,
          user,
          device,
          address,
          createdAt: iso(createdAt),
          lastUsedAt: iso(lastUsedAt),
          expiresAt: iso(expiresAt),
          current: actor.kind === 'user' && actor.authSessionId === id,
        })),
    revoke: async ({ actor, audit }, ref) => {
      audit.describe({ target: ref })
      const [match, another] = (await visibleTo(actor)).filter(({ id }) => id.startsWith(ref))
      if (match === undefined) {
        throw new AppError('not_found', 'There is no such signed-in device. `sallyport auth sessions` lists them.')
      }
      if (another !== undefined) {
        throw new AppError('ambiguous', 'Several signed-in devices begin with that. Type more of the id.')
      }
      audit.describe({ target: match.id })
      await authSessions.end([match.id], 'revoked')
      return { id: match.id }
    },
    revokeOthers: async ({ actor, audit }) => {
      const { userId, user, authSessionId } = signedInUser(actor)
      // First: one that opens its auth session later finds that it was ended, one that opened it before is in the list.
      pendingSignIns.endAllOf(userId)
      const ended = await authSessions.endOthersOf(userId, authSessionId, 'revoked')
      audit.describe({ target: user, count: Math.max(1, ended.length) })
      return { revoked: ended.length }
    },
    revokeAll: async ({ audit }) => {
      pendingSignIns.endAll()
      const all = await authSessions.list()
      const ended = await authSessions.end(
        all.map(({ id }) => id),
        'revoked',
      )
      audit.describe({ target: 'all', count: Math.max(1, ended.length) })
      return { revoked: ended.length }
    },
    signOut: async ({ actor, audit, connection }) => {
      const { authSessionId } = signedInUser(actor)
      audit.describe({ target: authSessionId })
      connection.cookies?.clear('session')
      await authSessions.end([authSessionId], 'signed_out')
      return { ok: true }
    },
  }
}

const iso = (at: number): string => new Date(at).toISOString()
