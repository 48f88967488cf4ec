/**
 * One sealed value of an env set (SPEC E1): AES-256-GCM in the envelope of seal.ts under a key of the keyring, bound to its place. Associated data:
 * `env-value/1`, install, env set, variable, version, key id.
 *
 * Guarantees: a value opens as this version of this variable of this set on this install, or not at all: rows, names, versions and key ids that were
 * swapped in the database fail closed. Does not: stop somebody who writes to the database from putting a whole older row back, version and all; hide
 * how long a value is; check that it is text.
 * The caller: stores version and key id beside what is sealed, uses a version once per variable, wipes the value after use. The key is wiped
 * here; OpenSSL's copies, and those that seal.ts makes of a value on its way through the cipher, are left to the garbage collector.
 */
import { type Keyring, type MasterKeyPurpose, wipe } from './keyring.ts'
import { open, SealError, seal } from './seal.ts'
import type { RandomBytes } from './tokens.ts'

const PURPOSE: MasterKeyPurpose = 'env-value/1'

export interface EnvValuePlace {
  readonly installId: string
  /** The set's id: its name may change. */
  readonly envSetId: string
  readonly name: string
  /** 1 for the first value of a variable, one more for each that follows. */
  readonly version: number
}

/**
 * `unknown_key`: sealed under a master key that is not here: ask for it. `unknown_version`: from a newer Sallyport. `integrity`: damaged, changed, or
 * another row's: never to be used, and worth an alarm.
 */
export type EnvValueFault = 'unknown_key' | 'unknown_version' | 'integrity'

const faultMessages: Readonly<Record<EnvValueFault, (name: string) => string>> = {
  unknown_key: (name) => `the value of ${name} is sealed under a master key that is not here`,
  unknown_version: (name) => `the value of ${name} was sealed by a newer version of Sallyport`,
  integrity: (name) =>
    `the value of ${name} fails its integrity check: it was damaged, changed, or belongs to another place`,
}

export class EnvValueError extends Error {
  override readonly name = 'EnvValueError'
  readonly reason: EnvValueFault
  /** The variable. */
  readonly variable: string

  constructor(reason: EnvValueFault, variable: string, options?: ErrorOptions) {
    super(faultMessages[reason](variable), options)
    this.reason = reason
    this.variable = variable
  }
}

const associatedData = (place: EnvValuePlace, keyId: string): string[] => {
  if (!Number.isSafeInteger(place.version) || place.version < 1) throw new RangeError('versions count from 1')
  return [PURPOSE, place.installId, place.envSetId, place.name, String(place.version), keyId]
}

/**
 * @param o.keyId from `keyring.keyId`
 * @param o.value not wiped
 * @throws EnvValueError `unknown_key`; RangeError on a version that is none
 */
export const sealEnvValue = (o: {
  readonly keyring: Keyring
  readonly keyId: string
  readonly place: EnvValuePlace
  readonly value: Uint8Array
  readonly random: RandomBytes
}): Uint8Array => {
  const key = o.keyring.key(PURPOSE, o.keyId)
  if (key === undefined) throw new EnvValueError('unknown_key', o.place.name)
  try {
    const aad = associatedData(o.place, o.keyId)
    return seal({ key, keyId: o.keyId, aad, plaintext: o.value, random: o.random })
  } finally {
    wipe(key)
  }
}

const faultOf = (error: SealError): EnvValueFault => (error.reason === 'damaged' ? 'integrity' : error.reason)

/**
 * @param o.keyId what the row says, not what the envelope says: a row that was swapped with another is found out by either
 * @returns the value, to be wiped by the caller
 * @throws EnvValueError
 */
export const openEnvValue = (o: {
  readonly keyring: Keyring
  readonly keyId: string
  readonly place: EnvValuePlace
  readonly sealed: Uint8Array
}): Uint8Array => {
  const key = o.keyring.key(PURPOSE, o.keyId)
  if (key === undefined) throw new EnvValueError('unknown_key', o.place.name)
  // The envelope of another key id is another row's: under its own id this master key may well be here.
  const keys = (keyId: string) => {
    if (keyId !== o.keyId) throw new EnvValueError('integrity', o.place.name)
    return key
  }
  try {
    return open({ keys, aad: associatedData(o.place, o.keyId), sealed: o.sealed })
  } catch (error) {
    if (error instanceof SealError) throw new EnvValueError(faultOf(error), o.place.name, { cause: error })
    throw error
  } finally {
    wipe(key)
  }
}
