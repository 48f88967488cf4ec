import type { createTicketInput, launchTicket } from '@sallyport/contract/auth'
import type { z } from 'zod'
import type { CallAudit } from '../../audit/call-audit.ts'
import { AppError } from '../../errors.ts'
import type { AuthDeps } from './auth-service.ts'

/** `sallyport open`: a URL that signs the owner's browser in once. The ticket stands in the fragment, which no server log and no Referer sees. */
export const createTicket = async (
  deps: Pick<AuthDeps, 'tickets' | 'daemonUrl'>,
  input: z.output<typeof createTicketInput>,
  audit: CallAudit,
): Promise<z.input<typeof launchTicket>> => {
  const url = deps.daemonUrl()
  if (url === null) {
    throw new AppError('unavailable', 'The daemon serves no browser: it was started with --no-http.')
  }
  // The row first: a ticket that the audit log does not know must not exist (L3).
  await audit.commit({ target: input.redirectTo })
  const { ticket, expiresAt } = deps.tickets.mint(input.redirectTo)
  return { url: `${url.replace(/\/$/, '')}/launch#${ticket}`, expiresAt: new Date(expiresAt).toISOString() }
}
