/**
 * Recovery codes: the second factor of somebody who lost the phone.
 *
 * Guarantees: 120 random bits each, so a keyed hash is enough and no stretching is needed; written in groups of four without look-alikes, read back
 * forgivingly. Does not: count uses; the caller marks a code used in one conditional write and voids the whole set when it makes another.
 * Source: Crockford's base 32 (its decoding rules), HMAC-SHA-256 (RFC 2104).
 */
import { createHmac } from 'node:crypto'
import { newId } from './ids.ts'
import type { RandomBytes } from './tokens.ts'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const CODES = 10
const CHARACTERS = 24
const CANONICAL = new RegExp(`^[${ALPHABET}]{${CHARACTERS}}$`)
/** What somebody may have typed around 24 characters: more is not a code. */
const TYPED_MAX = 100

/** Ten codes like `7k3m-9q2x-…`: 24 characters of 5 bits in groups of four. */
export const newRecoveryCodes = (random: RandomBytes): string[] =>
  Array.from({ length: CODES }, () => newId(random, ALPHABET, CHARACTERS).replace(/.{4}(?=.)/g, '$&-'))

/**
 * What a person typed, to the 24 characters that were meant: spaces and dashes of any kind away, capitals small, o read as 0, i and l as 1.
 * @returns null for what cannot be a code
 */
export const normaliseRecoveryCode = (text: string): string | null => {
  if (text.length > TYPED_MAX) return null
  const code = text
    .replace(/[\s\p{Dash}]/gu, '')
    .toLowerCase()
    .replace(/o/g, '0')
    .replace(/[il]/g, '1')
  return CANONICAL.test(code) ? code : null
}

/**
 * What is stored, and looked up by. Without the key a stolen database gives no way to check a code.
 * @param key from `deriveKey(installKey, 'recovery-code/1')` @param normalised from `normaliseRecoveryCode` @returns 32 bytes
 */
export const recoveryCodeHash = (key: Uint8Array, normalised: string): Uint8Array => {
  if (!CANONICAL.test(normalised)) throw new RangeError('a recovery code is hashed in its normalised form only')
  return new Uint8Array(createHmac('sha256', key).update(normalised, 'ascii').digest())
}
