/**
 * Keys from the install key: HKDF-SHA-256 (RFC 5869). Guarantees: a key for one purpose tells nothing about another, and the same install key gives the
 * same keys on every version. Does not: protect the install key, or turn a password into a key (see password-token-key.ts).
 * The caller: gives 32 random bytes, and makes a new label when the algorithm behind a key changes.
 */
import { hkdfSync } from 'node:crypto'

/** What a key is for. One label per purpose, so that no key is ever used twice; the number changes when the algorithm behind it does. */
export type KeyPurpose =
  | 'auth-session-token/1'
  | 'launch-ticket/1'
  | 'sealed-secrets/1'
  | 'recovery-code/1'
  | 'device-cookie/1'
  | 'sign-in-token/1'
  | 'unknown-subject/1'

/**
 * HKDF without salt: the install key is 32 random bytes already.
 * @param installKey 32 bytes
 * @returns 32 bytes
 */
export const deriveKey = (installKey: Uint8Array, purpose: KeyPurpose): Uint8Array => {
  if (installKey.byteLength !== 32) throw new RangeError('the install key has 32 bytes')
  return new Uint8Array(hkdfSync('sha256', installKey, new Uint8Array(0), `sallyport/${purpose}`, 32))
}
