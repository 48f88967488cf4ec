import { createHmac } from 'node:crypto'

const TOKEN_BYTES = 32

/** Fills an array with random bytes; the caller's, because nothing here has a source of its own. */
export type RandomBytes = (size: number) => Uint8Array

/** 256 random bits as 43 characters of base64url (RFC 4648, section 5). */
export const newToken = (random: RandomBytes): string => {
  const bytes = random(TOKEN_BYTES)
  if (bytes.byteLength !== TOKEN_BYTES) throw new RangeError(`a token needs ${TOKEN_BYTES} random bytes`)
  return Buffer.from(bytes).toString('base64url')
}

/** True for what `newToken` could have made. Base64url has several spellings of some bytes; only the canonical one is a token. */
export const isToken = (text: string): boolean =>
  /^[A-Za-z0-9_-]{43}$/.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text

/**
 * HMAC-SHA-256 (RFC 2104) of a token, 32 bytes: what is stored, and what a token is looked up by. Without the key a stolen database gives neither
 * tokens nor a way to check guesses, and looking up by an HMAC leaks nothing about the token through timing.
 */
export const tokenHash = (key: Uint8Array, token: string): Uint8Array =>
  new Uint8Array(createHmac('sha256', key).update(token, 'ascii').digest())
