import type { SpawnRequest } from '@sallyport/keeper-protocol/keeper-router'
import { createMasker, type Masker } from '@sallyport/session-log/masking/masker'
import { TooManyFormsError } from '@sallyport/session-log/masking/secret-forms'
import { TRPCError } from '@trpc/server'

/**
 * What masks the output of a session; undefined when it has no secret that can be masked. Made before there is a program: one whose secrets cannot be
 * masked never runs. It takes a second at most, by the limit on what may be looked for, in slices between which other sessions go on.
 */
export const maskerOf = async ({ secrets }: SpawnRequest): Promise<Masker | undefined> => {
  if (secrets.length === 0) return undefined
  try {
    return await createMasker(secrets)
  } catch (cause) {
    // Its message names the variable and nothing of the value. That of another error is not shown: it might.
    if (cause instanceof TooManyFormsError) throw new TRPCError({ code: 'PAYLOAD_TOO_LARGE', message: cause.message })
    const message = 'the masking of its secrets could not be prepared'
    throw new TRPCError({ code: 'PRECONDITION_FAILED', message, cause })
  }
}
