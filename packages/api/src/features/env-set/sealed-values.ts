import { EnvValueError, type EnvValueFault, openEnvValue, sealEnvValue } from '@sallyport/crypto/env-value'
import type { Keyring } from '@sallyport/crypto/keyring'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import { AppError } from '../../errors.ts'
import type { SealedVariable, SetRow } from './env-set.store.ts'

/** Seals and opens under one keyring. What comes in and what comes out is the caller's to zero. */
export interface SealedValues {
  /** Of the key that seals. */
  readonly keyId: string
  seal(set: SetRow, variable: NameAndVersion, value: Uint8Array): Pick<SealedVariable, 'keyId' | 'sealed'>
  /** @throws AppError `integrity` naming set and variable */
  open(set: SetRow, variable: SealedVariable): Buffer
}
type NameAndVersion = Pick<SealedVariable, 'name' | 'version'>

export interface SealedValuesDeps {
  readonly keyring: Keyring
  /** Of the key that seals. */
  readonly keyId: string
  readonly installId: string
  readonly random: RandomBytes
}

export const createSealedValues = ({ keyring, keyId, installId, random }: SealedValuesDeps): SealedValues => {
  /**
   * The name of the set is bound beside its id: where somebody swaps the names of two sets in the database, a session that asked for the values of the
   * tests would get those of production.
   */
  const placeOf = (set: SetRow, { name, version }: NameAndVersion) => ({
    installId,
    envSetId: `${set.id} ${set.name}`,
    name,
    version,
  })

  return {
    keyId,
    seal: (set, variable, value) => ({
      keyId,
      sealed: sealEnvValue({ keyring, keyId, place: placeOf(set, variable), value, random }),
    }),
    open: (set, variable) => {
      const { keyId: sealedBy, sealed } = variable
      try {
        const value = openEnvValue({ keyring, keyId: sealedBy, place: placeOf(set, variable), sealed })
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      } catch (cause) {
        // A version that is no number, a value that is none: no row of ours has them.
        const fault = cause instanceof EnvValueError ? cause.reason : 'integrity'
        const what = `The value of ${variable.name} in the env set ${set.name}`
        throw new AppError('integrity', `${what} ${sentences[fault]}`, { cause })
      }
    },
  }
}

const sentences: Readonly<Record<EnvValueFault, string>> = {
  unknown_key: 'was sealed by another master key, which is not here. Put that key back, or delete the env set.',
  unknown_version: 'was sealed by a newer version of Sallyport. Install that version again.',
  integrity:
    'cannot be opened: the database was changed by hand, or is damaged. Nothing of it is used. Set the value again, or restore a backup.',
}
