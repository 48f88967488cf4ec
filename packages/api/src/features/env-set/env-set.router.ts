import {
  createEnvSetInput,
  deleteEnvSetInput,
  envSet,
  envSetId,
  envSetList,
  envSetRefInput,
  envSetRotation,
  envSetStatus,
  envSetUsage,
  renameEnvSetInput,
  revealEnvVariableInput,
  revealedEnvVariable,
  setEnvVariablesInput,
  unsetEnvVariablesInput,
} from '@sallyport/contract/env-set'
import { z } from 'zod'
import { procedure, router } from '../../procedure.ts'

const control = { limit: 'control' } as const
const reading = { ...control, access: 'viewer', audit: false } as const
/** From the web only after a fresh proof (A10). */
const change = { ...control, access: 'operator', stepUp: true } as const
/** On the machine itself only (A11, E3): a key or a value leaves the daemon's memory, or could. */
const onSocket = { ...control, access: 'socket' } as const
const one = z.object({ envSet })

export const envSetRouter = router({
  status: procedure(reading)
    .output(envSetStatus)
    .query(({ ctx }) => ctx.services.envSet.status()),
  list: procedure(reading)
    .output(envSetList)
    .query(({ ctx }) => ctx.services.envSet.list()),
  get: procedure(reading)
    .input(envSetRefInput)
    .output(one)
    .query(({ ctx, input }) => ctx.services.envSet.get(input.envSet)),
  usage: procedure(reading)
    .input(envSetRefInput)
    .output(envSetUsage)
    .query(({ ctx, input }) => ctx.services.envSet.usage(input.envSet)),

  create: procedure({ ...change, audit: 'env_set.created' })
    .input(createEnvSetInput)
    .output(one)
    .mutation(({ ctx, input }) => ctx.services.envSet.create(input, ctx)),
  set: procedure({ ...change, audit: 'env_set.changed' })
    .input(setEnvVariablesInput)
    .output(one)
    .mutation(({ ctx, input }) => ctx.services.envSet.set(input, ctx)),
  unset: procedure({ ...change, audit: 'env_set.changed' })
    .input(unsetEnvVariablesInput)
    .output(one)
    .mutation(({ ctx, input }) => ctx.services.envSet.unset(input, ctx)),
  rename: procedure({ ...change, audit: 'env_set.renamed' })
    .input(renameEnvSetInput)
    .output(one)
    .mutation(({ ctx, input }) => ctx.services.envSet.rename(input, ctx)),
  delete: procedure({ ...change, audit: 'env_set.deleted' })
    .input(deleteEnvSetInput)
    .output(z.object({ id: envSetId }))
    .mutation(({ ctx, input }) => ctx.services.envSet.delete(input, ctx)),

  unlock: procedure({ ...onSocket, audit: 'env_set.unlocked' })
    .input(z.object({ passphrase: z.string().min(1).max(1024) }))
    .output(envSetStatus)
    .mutation(({ ctx, input }) => ctx.services.envSet.unlock(input.passphrase, ctx)),
  rotate: procedure({ ...onSocket, audit: { event: 'env_set.rotated', by: 'handler' } })
    .output(envSetRotation)
    .mutation(({ ctx }) => ctx.services.envSet.rotate(ctx)),
  reveal: procedure({ ...onSocket, audit: { event: 'env_set.revealed', by: 'handler' } })
    .input(revealEnvVariableInput)
    .output(revealedEnvVariable)
    .mutation(({ ctx, input }) => ctx.services.envSet.reveal(input, ctx)),
})
