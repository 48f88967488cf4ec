import { z } from 'zod'

/** Argon2id (RFC 9106) as a client runs it on a password before OPAQUE sees it. */
export const keyStretching = z.object({
  memoryKib: z.number().int(),
  iterations: z.number().int(),
  parallelism: z.number().int(),
})
export type KeyStretching = z.infer<typeof keyStretching>

/** A2: `standard` is OWASP's smallest recommended setting and runs in a tenth of a second on a phone; `high` is for those who would rather wait. */
export const stretchingProfiles = {
  standard: { memoryKib: 19_456, iterations: 2, parallelism: 1 },
  high: { memoryKib: 65_536, iterations: 3, parallelism: 1 },
} as const satisfies Record<string, KeyStretching>
export type StretchingProfile = keyof typeof stretchingProfiles
