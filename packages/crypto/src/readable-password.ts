/**
 * Passwords that the daemon makes up and a person copies: bootstrap, ephemeral, `--generate`.
 *
 * Guarantees: every character equally likely (bytes that would favour some are thrown away), 5.3 bits each, 127 bits in 24; no two characters
 * that look alike, also not as capital and small letter of one shape; one word, so a double click takes it whole.
 * Does not: keep it secret. The caller: a cryptographic source, and 23 characters or more (122 bits).
 */
import type { RandomBytes } from './tokens.ts'

/** Left out: 0 O o D, 1 I l i, 2 Z with z, 5 S with s, 9 with g and q, B with 8, and the capitals that are their small letters made bigger (C K P U V W X Y). */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzAEFGHJLMNQRT34678'
const LENGTH_MIN = 23
/** The largest multiple of the alphabet's size in a byte: above it `byte % size` would favour the first characters. */
const LIMIT = 256 - (256 % ALPHABET.length)
/** Of 256 bytes 16 are thrown away; a source that fails this often in a row is not random. */
const ROUNDS_MAX = 64

export const newReadablePassword = (random: RandomBytes, length = 24): string => {
  if (!Number.isInteger(length) || length < LENGTH_MIN)
    throw new RangeError(`a made-up password has ${LENGTH_MIN} characters or more`)
  let password = ''
  for (let round = 0; round < ROUNDS_MAX; round++) {
    for (const byte of random(length)) {
      if (byte < LIMIT) password += ALPHABET[byte % ALPHABET.length]
      if (password.length === length) return password
    }
  }
  throw new RangeError('the source of randomness repeats itself')
}
