/**
 * Figures of the contract, repeated because their files there load zod, which costs a `sallyport list` a third of its start. wire-limits.test.ts keeps them equal.
 */

/** contract/auth: close code after a credential died. */
export const CLOSE_REVOKED = 4401
/** contract/auth: close code for a peer that keeps breaking a limit. */
export const CLOSE_POLICY = 1008
/** contract/session: one input frame. */
export const WRITE_MAX_BYTES = 64 * 1024
/** contract/output: drawn bytes are acknowledged at least this often. */
export const ACKNOWLEDGE_EVERY_BYTES = 64 * 1024
