import {
  authSession,
  createTicketInput,
  launchTicket,
  localPath,
  redeemTicketInput,
  whoami,
} from '@sallyport/contract/auth'
import { authSessionId, ID_ALPHABET, ID_LENGTH } from '@sallyport/contract/ids'
import { z } from 'zod'
import { procedure, router } from '../../procedure.ts'

/** An auth session's id or a prefix of it. */
const authSessionRef = z
  .string()
  .regex(new RegExp(`^[${ID_ALPHABET}]{4,${ID_LENGTH}}$`), 'an id, or at least its first 4 characters')

export const authRouter = router({
  whoami: procedure({ access: 'anyone', limit: 'control', audit: false })
    .output(whoami)
    .query(({ ctx }) => ctx.services.auth.whoami(ctx.actor)),

  createTicket: procedure({ access: 'socket', limit: 'control', audit: { event: 'ticket.created', by: 'handler' } })
    .input(createTicketInput)
    .output(launchTicket)
    .mutation(({ ctx, input }) => ctx.services.auth.createTicket(input, ctx.audit)),

  redeemTicket: procedure({
    access: 'anyone',
    transport: 'http',
    limit: 'control',
    audit: { event: 'ticket.redeemed', by: 'handler' },
  })
    .input(redeemTicketInput)
    .output(z.object({ redirectTo: localPath }))
    .mutation(({ ctx, input }) => ctx.services.auth.redeemTicket(ctx, input.ticket)),

  signOut: procedure({ access: 'viewer', transport: 'http', limit: 'control', audit: 'auth_session.ended' })
    .output(z.object({ ok: z.literal(true) }))
    .mutation(({ ctx }) => ctx.services.auth.signOut(ctx)),

  listSessions: procedure({ access: 'viewer', limit: 'control', audit: false })
    .output(z.object({ authSessions: z.array(authSession) }))
    .query(async ({ ctx }) => ({ authSessions: await ctx.services.auth.list(ctx.actor) })),

  revokeSession: procedure({ access: 'socket', limit: 'control', audit: 'auth_session.revoked' })
    .input(z.object({ id: authSessionRef }))
    .output(z.object({ id: authSessionId }))
    .mutation(({ ctx, input }) => ctx.services.auth.revoke(input.id, ctx.audit)),

  revokeAll: procedure({ access: 'socket', limit: 'control', audit: 'auth_session.all_revoked' })
    .output(z.object({ revoked: z.number().int() }))
    .mutation(({ ctx }) => ctx.services.auth.revokeAll(ctx.audit)),
})
