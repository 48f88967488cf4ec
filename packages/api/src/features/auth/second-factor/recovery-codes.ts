import { newRecoveryCodes, normaliseRecoveryCode, recoveryCodeHash } from '@sallyport/crypto/recovery-code'
import type { Secret } from '@sallyport/crypto/secret'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { Clock } from '../../../api-dependencies.ts'
import type { NewRecoveryCodes } from './second-factor.store.ts'

/** A6. The codes themselves exist in one answer and on paper; only keyed hashes are stored. */
export interface RecoveryCodes {
  make(): { readonly codes: string[]; readonly stored: NewRecoveryCodes }
  /** What to look for; null when the text cannot be a code. */
  hashOf(text: string): Uint8Array | null
}

export const createRecoveryCodes = (deps: {
  readonly clock: Clock
  readonly random: RandomBytes
  readonly key: Secret<Uint8Array>
}): RecoveryCodes => {
  const hashOf = (text: string): Uint8Array | null => {
    const normalised = normaliseRecoveryCode(text)
    return normalised === null ? null : recoveryCodeHash(deps.key.reveal(), normalised)
  }
  return {
    hashOf,
    make: () => {
      const codes = newRecoveryCodes(deps.random)
      return { codes, stored: { hashes: codes.flatMap((code) => hashOf(code) ?? []), madeAt: deps.clock.now() } }
    },
  }
}
