/**
 * The master keys of an install (SPEC E1, E2): the current one, and previous ones for what they still have to open. Keys come from them by HKDF-SHA-256
 * (RFC 5869, section 3.3: without salt, a master key is random or stretched already):
 *
 *   fingerprint  16 bytes in hex, info `sallyport/master-key-id/1`
 *   key id       <fingerprint>-<generation>, generation 1, 2, …
 *   key          32 bytes, info `sallyport/<purpose>/<key id>`
 *
 * A rotation (E6) takes the next generation where the master key stays (a passphrase, a file that is not ours), or the first one of a new master key.
 * Guarantees: a fingerprint tells nothing about the key behind it but whether a guess is right; keys of other purposes, generations and master keys are
 * unrelated; nobody who has a key of one id gets a key of another.
 * Does not: make a weak master key strong: fingerprint and ciphertext let a thief of the database test guesses, of a passphrase at Argon2id's price.
 * The caller: gives master keys of 32 bytes and wipes its own copies, wipes what `key` returns after use, calls `wipe` at the end. What is wiped is ours
 * alone: strings, copies inside OpenSSL and pages that were swapped out stay until they are overwritten.
 */
import { hkdfSync } from 'node:crypto'

const KEY_BYTES = 32
const FINGERPRINT_BYTES = 16
const FINGERPRINT_INFO = 'sallyport/master-key-id/1'
/** Canonical: no second spelling of a generation. */
const KEY_ID = /^([0-9a-f]{32})-([1-9][0-9]{0,8})$/

/** What a key is for. The number changes with the algorithm behind it. */
export type MasterKeyPurpose = 'env-value/1'

export interface Keyring {
  /** Of the current master key. Not a secret. */
  readonly fingerprint: string
  /** The id of a key of the current master key. */
  keyId(generation: number): string
  /** 32 bytes, to be wiped by the caller; undefined when that master key is not here. */
  key(purpose: MasterKeyPurpose, keyId: string): Uint8Array | undefined
  /** Overwrites the master keys. Afterwards there is none here. */
  wipe(): void
}

/** Overwrites bytes of ours with zeros. */
export const wipe = (...all: readonly Uint8Array[]): void => {
  for (const bytes of all) bytes.fill(0)
}

/** The generation of a key id; undefined for what is none. */
export const generationOf = (keyId: string): number | undefined => {
  const generation = KEY_ID.exec(keyId)?.[2]
  return generation === undefined ? undefined : Number(generation)
}

const derive = (masterKey: Uint8Array, info: string, bytes: number): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', masterKey, new Uint8Array(0), info, bytes))

/** 32 hex digits that name a master key, the same on every install. @param masterKey 32 bytes @throws RangeError */
export const masterKeyFingerprint = (masterKey: Uint8Array): string => {
  if (masterKey.byteLength !== KEY_BYTES) throw new RangeError(`a master key has ${KEY_BYTES} bytes`)
  return Buffer.from(derive(masterKey, FINGERPRINT_INFO, FINGERPRINT_BYTES)).toString('hex')
}

/** Copies the master keys, 32 bytes each. @throws RangeError */
export const createKeyring = (o: {
  readonly current: Uint8Array
  readonly previous?: readonly Uint8Array[]
}): Keyring => {
  const fingerprint = masterKeyFingerprint(o.current)
  const masterKeys = new Map<string, Uint8Array>()
  for (const masterKey of [o.current, ...(o.previous ?? [])]) {
    const name = masterKeyFingerprint(masterKey)
    if (!masterKeys.has(name)) masterKeys.set(name, Uint8Array.from(masterKey))
  }

  return {
    fingerprint,
    keyId: (generation) => {
      const keyId = `${fingerprint}-${generation}`
      if (generationOf(keyId) === undefined) throw new RangeError('a generation is a whole number from 1 on')
      return keyId
    },
    key: (purpose, keyId) => {
      const masterKey = masterKeys.get(KEY_ID.exec(keyId)?.[1] ?? '')
      return masterKey === undefined ? undefined : derive(masterKey, `sallyport/${purpose}/${keyId}`, KEY_BYTES)
    },
    wipe: () => {
      wipe(...masterKeys.values())
      masterKeys.clear()
    },
  }
}
