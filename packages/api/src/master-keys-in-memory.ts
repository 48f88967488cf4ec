import { randomBytes } from 'node:crypto'
import { createKeyring, type Keyring, masterKeyFingerprint } from '@sallyport/crypto/keyring'
import type { MasterKeys } from './api-dependencies.ts'
import { AppError } from './errors.ts'

/** For tests: a source of master keys as apps/daemon has them, but in memory. `held` is what would be on disk. */
export interface TestMasterKeys extends MasterKeys {
  held: readonly Uint8Array[]
  passphrase: string | null
  /** Called at each step of a rotation: where a daemon may be killed. */
  onStep: (step: 'both keys are held' | 'resealed' | 'the old key is dropped') => void
}

const newKey = (): Uint8Array => new Uint8Array(randomBytes(32))
/** The first one seals, the others still open. */
const keyringOf = ([current, ...previous]: readonly Uint8Array[]): Keyring => {
  if (current === undefined) throw new Error('there is no key')
  return createKeyring({ current, previous })
}

export const masterKeysInMemory = (held: readonly Uint8Array[] = [newKey()]): TestMasterKeys => {
  const lockedReason = (): string | null => {
    if (keys.passphrase !== null) return 'The master key is locked: `sallyport unlock` asks for its passphrase.'
    return null
  }
  const keys: TestMasterKeys = {
    held,
    passphrase: null,
    onStep: () => undefined,
    state: () => {
      const reason = lockedReason()
      if (reason !== null) return { kind: 'locked', reason, canUnlock: true }
      const [current] = keys.held
      if (current === undefined) return { kind: 'locked', reason: 'The master key is missing.', canUnlock: false }
      return { kind: 'ready', source: 'memory', keyId: `${masterKeyFingerprint(current)}-1` }
    },
    keyring: async (hasCiphertext) => {
      const reason = lockedReason()
      if (reason !== null) throw new AppError('locked', reason)
      if (keys.held.length === 0 && hasCiphertext) throw new AppError('locked', 'The master key is missing.')
      if (keys.held.length === 0) keys.held = [newKey()]
      return keyringOf(keys.held)
    },
    unlock: async (passphrase) => {
      if (passphrase.reveal() !== keys.passphrase) throw new AppError('bad_request', 'This is not the passphrase.')
      keys.passphrase = null
    },
    rotate: async (reseal) => {
      keys.held = [newKey(), ...keys.held]
      keys.onStep('both keys are held')
      await reseal(keyringOf(keys.held))
      keys.onStep('resealed')
      keys.held = keys.held.slice(0, 1)
      keys.onStep('the old key is dropped')
    },
    problem: lockedReason,
  }
  return keys
}
