/**
 * What a password must be (SPEC A3), for the page and the daemon alike; browser-safe. Source: NIST SP 800-63B-4, section 3.1.1.2.
 *
 * Guarantees: the same text in any keyboard's spelling is the same password; no rule but length, a list of common ones and equality with what an attacker knows first.
 * Does not: measure strength. Under OPAQUE only the page sees a password that is set there, so these rules guide honest people and bind nobody
 * who writes a client: the daemon applies them where it knows the password (environment, `reset-password`).
 * The caller: whoever hands a password to OPAQUE or Argon2id calls `normalisePassword` first: the sign-in worker in the browser; packages/crypto does it
 * itself. `passwordProblem` brings the blocklist along (15 KB gzip): a page imports this file lazily, where a password is set.
 */
import { isCommonPassword } from './password-blocklist.ts'

/** RFC 9807 allows 65535; this bounds what one sign-in costs. Counted in UTF-8 after NFKC. */
const PASSWORD_MAX_BYTES = 1024
/** NFKC makes a text at most 4 times shorter, so anything longer than this is too long whatever comes out, and is not worth the work. */
const TYPED_MAX = 8 * PASSWORD_MAX_BYTES

/** NFKC (Unicode Standard Annex 15): the same password from a Mac, a phone and a full-width keyboard. Applying it twice changes nothing. */
export const normalisePassword = (text: string): string => text.normalize('NFKC')

const folded = (text: string) => normalisePassword(text).toLowerCase()

/**
 * @param o.minLength characters (code points): 8 with a second factor, 15 without
 * @param o.forbidden what the password must not equal, capitals or not: the user name, the bootstrap password
 * @returns a sentence for the person, or null when the password is fine
 */
export const passwordProblem = (o: {
  readonly password: string
  readonly minLength: 8 | 15
  readonly forbidden?: readonly string[]
}): string | null => {
  if (o.password.length > TYPED_MAX) return tooLong
  const password = normalisePassword(o.password)
  // Half of a surrogate pair is no character: encoders replace it, so different passwords would be one.
  if (/\p{Surrogate}/u.test(password)) return 'This password has a broken character. Type it again.'
  if ([...password].length < o.minLength) return `Use at least ${o.minLength} characters.`
  if (new TextEncoder().encode(password).byteLength > PASSWORD_MAX_BYTES) return tooLong
  const lowered = folded(password)
  if (o.forbidden?.some((known) => folded(known) === lowered))
    return 'Use a password that is not your user name and not the one you were given.'
  if (isCommonPassword(lowered)) return 'This is one of the most common passwords. Use another one.'
  return null
}

const tooLong = `Use at most ${PASSWORD_MAX_BYTES} bytes: that many English letters, or about a third as many characters of other scripts.`
