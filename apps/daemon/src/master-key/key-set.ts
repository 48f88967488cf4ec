import { masterKeyFingerprint, wipe } from '@sallyport/crypto/keyring'
import type { RandomBytes } from '@sallyport/crypto/tokens'

export const MASTER_KEY_BYTES = 32

/** What a source holds: master keys of 32 bytes, for whoever got them to wipe. Previous ones: in the middle of a rotation something may still be sealed under them. */
export interface KeySet {
  readonly current: Uint8Array
  readonly previous: readonly Uint8Array[]
}

export const keysOf = ({ current, previous }: KeySet): readonly Uint8Array[] => [current, ...previous]
export const fingerprintsOf = (keys: KeySet): string[] => keysOf(keys).map(masterKeyFingerprint)
export const wipeKeys = (keys: KeySet): void => wipe(...keysOf(keys))

export const newKeySet = (random: RandomBytes): KeySet => ({ current: random(MASTER_KEY_BYTES), previous: [] })
