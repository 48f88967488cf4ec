/**
 * One sealed value: AES-256-GCM (NIST SP 800-38D) in an envelope that names its format and its key.
 *
 *   version u8 = 1 · length of key id u8 · key id (ASCII) · nonce 12 bytes · ciphertext · tag 16 bytes
 *
 * Authenticated beside the plaintext: everything before the nonce, then the number of AAD parts (u32, big endian) and each part as its length in
 * bytes (u32) and its UTF-8, so that ['ab', 'c'] and ['a', 'bc'] are different places.
 * Guarantees: nobody without the key reads or changes a value, or moves it to another place (other AAD) or another key id. Does not hide the length,
 * does not stop an older value from being put back in the same place, does not survive a repeated nonce: nonces are random, so one key seals at most
 * 2^32 values (section 8.3).
 * The caller: says in the AAD what the value is and whose (purpose, row, column), never reuses a key id for another key.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { RandomBytes } from './tokens.ts'

const VERSION = 1
const KEY_BYTES = 32
const NONCE_BYTES = 12
/** Without it Node takes tags down to 4 bytes, and a forger needs 2^32 tries instead of 2^128. */
const TAG_BYTES = 16
const KEY_ID = /^[\x21-\x7e]{1,64}$/

/** `unknown_key`: no key by that id. `unknown_version`: from a newer Sallyport. `damaged`: cut, changed, sealed by another key or for another place. */
export type SealFault = 'unknown_version' | 'unknown_key' | 'damaged'

export class SealError extends Error {
  override readonly name = 'SealError'
  readonly reason: SealFault

  constructor(reason: SealFault, options?: ErrorOptions) {
    super(`a sealed value cannot be opened: ${reason}`, options)
    this.reason = reason
  }
}

const demandKey = (key: Uint8Array) => {
  if (key.byteLength !== KEY_BYTES) throw new RangeError(`a sealing key has ${KEY_BYTES} bytes`)
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const associatedData = (header: Uint8Array, parts: readonly string[]): Buffer =>
  Buffer.concat([
    header,
    u32(parts.length),
    ...parts.flatMap((part) => {
      const bytes = Buffer.from(part)
      // Half of a surrogate pair becomes U+FFFD in UTF-8: two places would be one.
      if (bytes.toString() !== part) throw new RangeError('associated data is well-formed text')
      return [u32(bytes.byteLength), bytes]
    }),
  ])

/** @param o.key 32 bytes @param o.keyId 1 to 64 printable ASCII characters, stored in clear @throws RangeError */
export const seal = (o: {
  readonly key: Uint8Array
  readonly keyId: string
  readonly aad: readonly string[]
  readonly plaintext: Uint8Array
  readonly random: RandomBytes
}): Uint8Array => {
  demandKey(o.key)
  if (!KEY_ID.test(o.keyId)) throw new RangeError('a key id has 1 to 64 printable ASCII characters')
  const nonce = o.random(NONCE_BYTES)
  if (nonce.byteLength !== NONCE_BYTES) throw new RangeError(`a nonce needs ${NONCE_BYTES} random bytes`)
  const header = Buffer.concat([Uint8Array.of(VERSION, o.keyId.length), Buffer.from(o.keyId, 'ascii')])
  const cipher = createCipheriv('aes-256-gcm', o.key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(associatedData(header, o.aad))
  const ciphertext = [cipher.update(o.plaintext), cipher.final()]
  return new Uint8Array(Buffer.concat([header, nonce, ...ciphertext, cipher.getAuthTag()]))
}

/** @param o.keys the 32 bytes behind a key id, undefined where there is none @throws SealError, RangeError */
export const open = (o: {
  readonly keys: (keyId: string) => Uint8Array | undefined
  readonly aad: readonly string[]
  readonly sealed: Uint8Array
}): Uint8Array => {
  if (o.sealed.byteLength === 0) throw new SealError('damaged')
  const { version, keyId, header, nonce, ciphertext, tag } = parse(o.sealed)
  if (version !== VERSION) throw new SealError('unknown_version')
  if (!KEY_ID.test(keyId) || tag.byteLength !== TAG_BYTES) throw new SealError('damaged')
  const key = o.keys(keyId)
  if (key === undefined) throw new SealError('unknown_key')
  demandKey(key)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData(header, o.aad))
  decipher.setAuthTag(tag)
  const plaintext = decipher.update(ciphertext)
  try {
    return new Uint8Array(Buffer.concat([plaintext, decipher.final()]))
  } catch (cause) {
    throw new SealError('damaged', { cause })
  }
}

const parse = (sealed: Uint8Array) => {
  const headerEnd = 2 + (sealed[1] ?? 0)
  const nonceEnd = headerEnd + NONCE_BYTES
  // A cut envelope gives a tag of the wrong length, never a negative slice.
  const tagStart = Math.max(nonceEnd, sealed.byteLength - TAG_BYTES)
  const header = sealed.subarray(0, headerEnd)
  return {
    version: sealed[0],
    keyId: Buffer.from(header.subarray(2)).toString('latin1'),
    header,
    nonce: sealed.subarray(headerEnd, nonceEnd),
    ciphertext: sealed.subarray(nonceEnd, tagStart),
    tag: sealed.subarray(tagStart),
  }
}
