import type { Actor } from '../../access/actor.ts'
import type { CallAudit } from '../../audit/call-audit.ts'
import type { Connection } from '../../connection.ts'
import { AppError } from '../../errors.ts'
import type { AuthDeps } from './auth-service.ts'

/** Ends the caller's own auth session, on all of its tabs. */
export const signOut = async (
  deps: Pick<AuthDeps, 'authSessions'>,
  call: { readonly actor: Actor; readonly connection: Connection; readonly audit: CallAudit },
): Promise<{ ok: true }> => {
  if (call.actor.kind !== 'user') throw new AppError('unauthenticated', 'You are not signed in.')
  call.audit.describe({ target: call.actor.authSessionId })
  call.connection.cookie?.clear()
  await deps.authSessions.end([call.actor.authSessionId], 'signed_out')
  return { ok: true }
}
