import type { opaqueResponse } from '@sallyport/contract/sign-in'
import type { z } from 'zod'
import { AppError } from '../../../errors.ts'
import type { AuthCall } from '../call.ts'
import { renewSessionCookie } from '../step-up/renew-session-cookie.ts'
import type { AccountDeps } from './account.ts'
import { signedInUser } from './signed-in-user.ts'

type Deps = Pick<AccountDeps, 'passwords' | 'authSessions' | 'pendingSignIns' | 'reconnect' | 'clock' | 'mode'>

/** First half of an OPAQUE registration (A3): the daemon never sees the new password. */
export const startPasswordChange = async (
  deps: Deps,
  { actor }: AuthCall,
  request: string,
): Promise<z.input<typeof opaqueResponse>> => {
  demandOwnPassword(deps)
  return deps.passwords.startRegistration(signedInUser(actor).userId, request)
}

/** The new password counts, and whoever is signed in with the old one is signed out: all devices but this one, whose token is renewed (A9). */
export const finishPasswordChange = async (
  deps: Deps,
  call: AuthCall,
  record: string,
): Promise<{ revoked: number }> => {
  const actor = signedInUser(call.actor)
  call.audit.describe({ target: actor.user })
  demandOwnPassword(deps)
  await deps.passwords.setRecord(actor.userId, record)
  deps.pendingSignIns.endAllOf(actor.userId)
  const ended = await deps.authSessions.endOthersOf(actor.userId, actor.authSessionId, 'revoked')
  await renewSessionCookie(deps, call.connection, actor)
  // Also a socket that somebody opened with a copy of the old cookie.
  deps.reconnect(actor.authSessionId)
  return { revoked: ended.length }
}

const demandOwnPassword = ({ passwords, mode }: Deps): void => {
  if (passwords.canChange()) return
  throw new AppError(
    'conflict',
    mode === 'ephemeral'
      ? 'This daemon makes a new password at each start. `sallyport password` shows it on the machine itself.'
      : 'The password of this daemon is chosen where it is started. Change it there and restart the daemon.',
  )
}
