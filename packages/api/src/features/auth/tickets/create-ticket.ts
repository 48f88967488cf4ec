import type { createTicketInput, launchTicket } from '@sallyport/contract/auth'
import type { z } from 'zod'
import type { CallAudit } from '../../../audit/call-audit.ts'
import { AppError } from '../../../errors.ts'
import { limits } from '../../../limits/limits.ts'
import type { LaunchFiles } from './launch-files.ts'
import type { LaunchTickets } from './launch-tickets.ts'

export interface CreateTicketDeps {
  readonly tickets: LaunchTickets
  readonly launchFiles: LaunchFiles
  /** Canonical address, null with `--no-http`. */
  readonly daemonUrl: () => string | null
}

/** `sallyport open`: a URL that signs the owner's browser in once. The ticket stands in the fragment, which no server log and no Referer sees. */
export const createTicket = async (
  deps: CreateTicketDeps,
  input: z.output<typeof createTicketInput>,
  audit: CallAudit,
): Promise<z.input<typeof launchTicket>> => {
  const url = deps.daemonUrl()
  if (url === null) {
    throw new AppError('unavailable', 'The daemon serves no browser: it was started with --no-http.')
  }
  // The row first: a ticket that the audit log does not know must not exist (L3).
  await audit.commit({ target: input.redirectTo })
  const { ticket, expiresAt, onUsed } = deps.tickets.mint(input.redirectTo)
  const launchUrl = `${url.replace(/\/$/, '')}/launch#${ticket}`
  const file = input.asFile ? await deps.launchFiles.write(launchUrl, limits.ticket.lifetimeMs) : null
  if (file !== null) onUsed(file.remove)
  return { url: launchUrl, expiresAt: new Date(expiresAt).toISOString(), file: file?.path ?? null }
}
