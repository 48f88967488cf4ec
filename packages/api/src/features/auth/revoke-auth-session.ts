import type { CallAudit } from '../../audit/call-audit.ts'
import { AppError } from '../../errors.ts'
import type { AuthDeps } from './auth-service.ts'

/** Ends the one auth session whose id begins with `ref`: its sockets and streams are closed before the answer leaves (SPEC A9). */
export const revokeAuthSession = async (
  deps: Pick<AuthDeps, 'authSessions'>,
  ref: string,
  audit: CallAudit,
): Promise<{ id: string }> => {
  audit.describe({ target: ref })
  const matches = (await deps.authSessions.list()).filter(({ id }) => id.startsWith(ref))
  const [match, another] = matches
  if (match === undefined)
    throw new AppError('not_found', 'There is no such signed-in device. `sallyport auth sessions` lists them.')
  if (another !== undefined)
    throw new AppError('ambiguous', 'Several signed-in devices begin with that. Type more of the id.')
  audit.describe({ target: match.id })
  await deps.authSessions.end([match.id], 'revoked')
  return { id: match.id }
}
