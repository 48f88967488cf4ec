import { outputEvent, outputInput } from '@sallyport/contract/output'
import {
  createSessionInput,
  keysInput,
  pasteInput,
  removeInput,
  renameInput,
  resizeInput,
  session,
  sessionChange,
  sessionProviders,
  sessionRefInput,
  takeControlInput,
  writeInput,
} from '@sallyport/contract/session'
import { z } from 'zod'
import { procedure, router } from '../../procedure.ts'
import { eventStream, trackedStream } from './stream-output.ts'

const none = z.void()
const one = z.object({ session })
const created = z.object({ session, warnings: z.array(z.string()) })

/** Where a reconnecting client was; tRPC puts it beside the input of a subscription. */
const resumableOutputInput = outputInput.extend({ lastEventId: z.string().max(32).optional() })

export const sessionRouter = router({
  create: procedure({ access: 'operator', limit: 'control', audit: { event: 'session.started', by: 'handler' } })
    .input(createSessionInput)
    .output(created)
    .mutation(({ ctx, input }) => ctx.services.session.create(input, ctx)),

  runAgain: procedure({ access: 'operator', limit: 'control', audit: { event: 'session.started', by: 'handler' } })
    .input(sessionRefInput)
    .output(created)
    .mutation(({ ctx, input }) => ctx.services.session.runAgain(input.session, ctx)),

  providers: procedure({ access: 'viewer', limit: 'control', audit: false })
    .output(sessionProviders)
    .query(({ ctx }) => ctx.services.session.providers()),

  list: procedure({ access: 'viewer', limit: 'control', audit: false })
    .output(z.object({ sessions: z.array(session) }))
    .query(({ ctx }) => ctx.services.session.list()),

  get: procedure({ access: 'viewer', limit: 'control', audit: false })
    .input(sessionRefInput)
    .output(one)
    .query(({ ctx, input }) => ctx.services.session.get(input.session)),

  changes: procedure({ access: 'viewer', limit: 'control', audit: false })
    .output(eventStream(sessionChange))
    .subscription(({ ctx, signal }) => ctx.services.session.changes(signal ?? new AbortController().signal)),

  output: procedure({ access: 'viewer', limit: 'control', audit: { event: 'session.attached', by: 'handler' } })
    .input(resumableOutputInput)
    .output(trackedStream(outputEvent))
    .subscription(({ ctx, input: { lastEventId, ...request }, signal }) =>
      ctx.services.session.output({
        request,
        lastEventId,
        caller: ctx,
        signal: signal ?? new AbortController().signal,
      }),
    ),

  write: procedure({ access: 'operator', limit: 'input', audit: false })
    .input(writeInput)
    .output(none)
    .mutation(({ ctx, input }) => ctx.services.session.write(input, ctx)),

  keys: procedure({ access: 'operator', limit: 'input', audit: false })
    .input(keysInput)
    .output(none)
    .mutation(({ ctx, input }) => ctx.services.session.keys(input, ctx)),

  paste: procedure({ access: 'operator', limit: 'input', audit: false })
    .input(pasteInput)
    .output(none)
    .mutation(({ ctx, input }) => ctx.services.session.paste(input, ctx)),

  resize: procedure({ access: 'operator', limit: 'control', audit: false })
    .input(resizeInput)
    .output(none)
    .mutation(({ ctx, input }) => ctx.services.session.resize(input, ctx)),

  takeControl: procedure({ access: 'operator', limit: 'control', audit: false })
    .input(takeControlInput)
    .output(none)
    .mutation(({ ctx, input }) => ctx.services.session.takeControl(input, ctx)),

  stop: procedure({ access: 'operator', limit: 'control', audit: { event: 'session.stopped', by: 'handler' } })
    .input(sessionRefInput)
    .output(one)
    .mutation(({ ctx, input }) => ctx.services.session.stop(input.session, ctx)),

  kill: procedure({ access: 'operator', limit: 'control', audit: { event: 'session.killed', by: 'handler' } })
    .input(sessionRefInput)
    .output(one)
    .mutation(({ ctx, input }) => ctx.services.session.kill(input.session, ctx)),

  rename: procedure({ access: 'operator', limit: 'control', audit: 'session.renamed' })
    .input(renameInput)
    .output(one)
    .mutation(({ ctx, input }) => ctx.services.session.rename(input, ctx)),

  remove: procedure({ access: 'operator', limit: 'control', audit: { event: 'session.removed', by: 'handler' } })
    .input(removeInput)
    .output(z.object({ id: z.string() }))
    .mutation(({ ctx, input }) => ctx.services.session.remove(input, ctx)),

  removeEnded: procedure({ access: 'operator', limit: 'control', audit: { event: 'session.removed', by: 'handler' } })
    .output(z.object({ removed: z.number().int() }))
    .mutation(({ ctx }) => ctx.services.session.removeEnded(ctx)),
})
