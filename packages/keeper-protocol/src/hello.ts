import { z } from 'zod'

/**
 * The keeper outlives daemons, so a daemon meets keepers of older releases. It speaks this minor protocol and the two before it; a keeper never has to
 * know the future. Raise the minor for an addition, the major for anything that an older daemon or keeper would misread.
 */
export const KEEPER_PROTOCOL = { major: 1, minor: 1 } as const
/** Before it a keeper did not know `secrets` in a spawn: it would leave them out and run the program unmasked. */
const MASKING_SINCE_MINOR = 1
export const MINORS_SUPPORTED = 2

export const hello = z.object({
  protocol: z.object({ major: z.number().int(), minor: z.number().int() }),
  version: z.string(),
  pid: z.number().int(),
  startedAt: z.number(),
})
export type Hello = z.infer<typeof hello>

export const canSpeakTo = ({ protocol }: Hello): boolean =>
  protocol.major === KEEPER_PROTOCOL.major &&
  protocol.minor <= KEEPER_PROTOCOL.minor &&
  protocol.minor >= KEEPER_PROTOCOL.minor - MINORS_SUPPORTED

/** Of a keeper that we can speak to. False: never give it a program that has secrets. */
export const canMask = ({ protocol }: Hello): boolean => protocol.minor >= MASKING_SINCE_MINOR
