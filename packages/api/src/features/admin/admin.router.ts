import { auditListInput, auditRow, configEntry, daemonStatus, stopInput } from '@sallyport/contract/admin'
import { z } from 'zod'
import { procedure, router } from '../../procedure.ts'

export const adminRouter = router({
  status: procedure({ access: 'viewer', limit: 'control', audit: false })
    .output(daemonStatus)
    .query(({ ctx }) => ctx.services.admin.status()),

  config: procedure({ access: 'socket', limit: 'control', audit: false })
    .output(z.object({ entries: z.array(configEntry) }))
    .query(({ ctx }) => ({ entries: ctx.services.admin.config() })),

  audit: procedure({ access: 'owner', limit: 'control', audit: false })
    .input(auditListInput)
    .output(z.object({ rows: z.array(auditRow) }))
    .query(async ({ ctx, input }) => ({ rows: await ctx.services.admin.audit(input) })),

  stop: procedure({ access: 'socket', limit: 'control', audit: { event: 'daemon.stopped', by: 'handler' } })
    .input(stopInput)
    .output(z.object({ ok: z.literal(true) }))
    .mutation(({ ctx, input }) => ctx.services.admin.stop(input.all, ctx.audit)),
})
