/**
 * What one guess of a password costs: the Argon2id parameters (RFC 9106). The same shape as the contract's `KeyStretching`; this package is a leaf
 * and imports nothing of ours, so it says itself what it takes.
 */
export interface KeyStretching {
  readonly memoryKib: number
  readonly iterations: number
  readonly parallelism: number
}
