import type { envSetStatus } from '@sallyport/contract/env-set'
import { generationOf, type Keyring, wipe } from '@sallyport/crypto/keyring'
import type { Secret } from '@sallyport/crypto/secret'
import type { RandomBytes } from '@sallyport/crypto/tokens'
import type { z } from 'zod'
import type { MasterKeys } from '../../api-dependencies.ts'
import { AppError } from '../../errors.ts'
import type { EnvSetStore, EnvSetTables } from './env-set.store.ts'
import { createInTurn } from './in-turn.ts'
import { createSealedValues, type SealedValues } from './sealed-values.ts'

/**
 * The stored values together with the master key. Whoever opens or seals does so in turn with the others and with `rotate`: a value that was sealed by a key
 * which a rotation drops at the same moment could never be opened again.
 */
export interface Vault {
  status(): Promise<Status>
  unlock(passphrase: Secret<string>): Promise<void>
  /** Reads. @throws AppError `locked` */
  open<T>(work: Work<T>): Promise<T>
  /** Writes, in one transaction. @throws AppError `locked`, also when something stored was sealed by a key that is not here */
  change<T>(work: Work<T>): Promise<T>
  /** `reseal` seals everything anew, in one transaction. @throws AppError `locked` */
  rotate<T>(reseal: Work<T>): Promise<T>
}
type Work<T> = (tables: EnvSetTables, values: SealedValues) => Promise<T>
type Status = z.input<typeof envSetStatus>

export interface VaultDeps {
  readonly store: EnvSetStore
  readonly masterKeys: MasterKeys
  readonly installId: string
  readonly random: RandomBytes
}

export const createVault = ({ store, masterKeys, installId, random }: VaultDeps): Vault => {
  const inTurn = createInTurn()
  const storedKeyIds = async (): Promise<string[]> => (await store.read()).keyIds()

  const valuesUnder = (keyring: Keyring, generation: number): SealedValues =>
    createSealedValues({ keyring, keyId: keyring.keyId(generation), installId, random })

  /** Otherwise a daemon that was started with the wrong key would go on under it, and nobody would notice until a session cannot start. */
  const keyringOfAll = async (keyIds: readonly string[]): Promise<Keyring> => {
    const keyring = await masterKeys.keyring(keyIds.length > 0, 'to seal')
    const problem = missingKeys(keyring, keyIds)
    if (problem !== null) throw new AppError('locked', problem)
    return keyring
  }

  return {
    status: () =>
      inTurn(async () => {
        const keyIds = await storedKeyIds()
        // Asked only where there is something to open: the question makes a key that is not there yet.
        const keyring = keyIds.length === 0 ? null : await masterKeys.keyring(true).catch(lockedAsNull)
        const state = masterKeys.state()
        if (state.kind === 'locked') {
          return { state: 'locked', reason: state.canUnlock ? 'passphrase' : 'missing', message: state.reason }
        }
        if (keyring === null) return { state: 'open', source: state.source, keyId: state.keyId }
        const message = missingKeys(keyring, keyIds)
        if (message !== null) return { state: 'locked', reason: 'wrong', message }
        return { state: 'open', source: state.source, keyId: keyring.keyId(lastGeneration(keyring, keyIds)) }
      }),
    unlock: (passphrase) => inTurn(() => masterKeys.unlock(passphrase)),
    open: (work) =>
      inTurn(async () => {
        const keyIds = await storedKeyIds()
        const keyring = await masterKeys.keyring(keyIds.length > 0)
        return work(await store.read(), valuesUnder(keyring, lastGeneration(keyring, keyIds)))
      }),
    change: (work) =>
      inTurn(async () => {
        const keyIds = await storedKeyIds()
        const keyring = await keyringOfAll(keyIds)
        const values = valuesUnder(keyring, lastGeneration(keyring, keyIds))
        return store.transaction((tables) => work(tables, values))
      }),
    rotate: <T>(reseal: Work<T>) =>
      inTurn(async () => {
        const keyIds = await storedKeyIds()
        if (keyIds.length > 0) await keyringOfAll(keyIds)
        let answer: { readonly of: T } | undefined
        await masterKeys.rotate(async (keyring) => {
          const values = valuesUnder(keyring, nextGeneration(keyring, keyIds))
          answer = { of: await store.transaction((tables) => reseal(tables, values)) }
          await store.toDisk()
        })
        if (answer === undefined) throw new Error('a rotation ended without its transaction')
        return answer.of
      }),
  }
}

/** What `state()` says then is the answer. */
const lockedAsNull = (error: unknown): null => {
  if (error instanceof AppError && error.errorCode === 'locked') return null
  throw error
}

/** Of the current master key: the generations that something is sealed under. */
const generations = (keyring: Keyring, keyIds: readonly string[]): number[] =>
  keyIds.flatMap((id) => {
    const generation = generationOf(id)
    return generation !== undefined && keyring.keyId(generation) === id ? [generation] : []
  })
const lastGeneration = (keyring: Keyring, keyIds: readonly string[]): number =>
  Math.max(1, ...generations(keyring, keyIds))
/** 1 under a new master key. */
const nextGeneration = (keyring: Keyring, keyIds: readonly string[]): number =>
  Math.max(0, ...generations(keyring, keyIds)) + 1

/** A sentence, or null where every value can be opened as far as keys go. */
const missingKeys = (keyring: Keyring, keyIds: readonly string[]): string | null => {
  const missing = keyIds.filter((id) => {
    const key = keyring.key('env-value/1', id)
    if (key !== undefined) wipe(key)
    return key === undefined
  })
  if (missing.length === 0) return null
  return `Some values were sealed by another master key (${missing.map(fingerprintOf).join(', ')}), which is not here. Put it back, or delete the env sets that it sealed.`
}

/** As much of a key id as tells keys apart for people. */
const fingerprintOf = (keyId: string): string => keyId.slice(0, 8).replace(/[^0-9a-f]/g, '?')
