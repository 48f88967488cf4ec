import { randomBytes } from 'node:crypto'
import type { Clock, Log, MasterKeys } from '@sallyport/api/api-dependencies'
import { createKeyring, type Keyring } from '@sallyport/crypto/keyring'
import { type KeySet, newKeySet, wipeKeys } from './key-set.ts'
import { type KeySource, type PassphraseLock, WeakPassphraseError, WrongPassphraseError } from './key-source.ts'
import { refusal } from './refusal.ts'
import { beginRotation, demandAtSource, endRotation } from './rotation.ts'
import { createUnlockAttempts } from './unlock-attempts.ts'

export interface MasterKeysOptions {
  readonly source: KeySource | PassphraseLock
  readonly clock: Clock
  readonly log: Log
}

interface Held {
  readonly kind: 'held'
  readonly source: KeySource
  readonly keyring: Keyring
  /** Of a rotation that was cut short, or that the owner of the source has begun. */
  readonly hasPrevious: boolean
  /** Made in memory, and written with the first value; null when that has been. */
  readonly unstored: KeySet | null
}
interface Locked {
  readonly kind: 'locked'
  /** Completes `env sets are locked: …`. */
  readonly reason: string
  readonly canUnlock: boolean
}
interface Reading {
  readonly kind: 'reading'
}
type Standing = Held | Locked | Reading

const sentenceOf = (standing: Locked | Reading): string =>
  `Env sets are locked: ${standing.kind === 'locked' ? standing.reason : 'the master key is being read'}`
const ASK = 'the passphrase has not been given since the daemon started; run: sallyport unlock'
const CHOOSE = 'no passphrase was chosen yet; choose one with: sallyport unlock'
const isLock = (source: KeySource | PassphraseLock): source is PassphraseLock => 'unlock' in source

const missing = ({ name, whenMissing }: KeySource | PassphraseLock): string =>
  `the master key that sealed the values is missing (${name}); ${whenMissing}`

export const createMasterKeys = (o: MasterKeysOptions): MasterKeys => {
  const attempts = createUnlockAttempts(o.clock.now)
  let standing: Standing = { kind: 'reading' }
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }

  /** The keys of what was before are zeroed. */
  const become = (next: Standing): void => {
    if (standing.kind === 'held') {
      standing.keyring.wipe()
      if (standing.unstored !== null) wipeKeys(standing.unstored)
    }
    standing = next
  }
  const lock = (reason: string, canUnlock = false): void => become({ kind: 'locked', reason, canUnlock })
  const lockBecause = (error: Error): void => {
    // Logged once, however often it is tried.
    if (standing.kind !== 'locked' || standing.reason !== error.message) o.log.error('env sets are locked', { error })
    lock(error.message)
  }
  /** Copies the keys. */
  const hold = (source: KeySource, keys: KeySet, unstored: KeySet | null = null): Held => {
    const held: Held = {
      kind: 'held',
      source,
      keyring: createKeyring(keys),
      hasPrevious: keys.previous.length > 0,
      unstored,
    }
    become(held)
    return held
  }

  const readSource = async (source: KeySource): Promise<void> => {
    try {
      const found = await source.read()
      if (found === undefined) {
        const fresh = newKeySet(randomBytes)
        hold(source, fresh, fresh)
      } else {
        hold(source, found)
        wipeKeys(found)
      }
    } catch (error) {
      lockBecause(error as Error)
    }
  }
  const readLock = async (door: PassphraseLock, hasCiphertext: boolean): Promise<void> => {
    try {
      if (await door.isThere()) lock(ASK, true)
      else lock(hasCiphertext ? missing(door) : CHOOSE, true)
    } catch (error) {
      lockBecause(error as Error)
    }
  }
  const readAgain = (hasCiphertext: boolean): Promise<void> =>
    isLock(o.source) ? readLock(o.source, hasCiphertext) : readSource(o.source)

  /** The first value is about to be sealed, or something is sealed and its key is not here. */
  const store = async (source: KeySource, keys: KeySet, hasCiphertext: boolean): Promise<void> => {
    if (hasCiphertext) return lock(missing(o.source), isLock(o.source))
    await source.create(keys).catch(async (error: Error) => {
      throw await refusal('unavailable', `The master key cannot be stored: ${error.message}`, error)
    })
    hold(source, keys)
  }

  const settle = async (hasCiphertext: boolean): Promise<void> => {
    // Somebody may have mended the file, or put one there. What a passphrase opened stays open.
    if (standing.kind !== 'held' || (standing.unstored !== null && !isLock(o.source))) await readAgain(hasCiphertext)
    if (standing.kind === 'held' && standing.unstored !== null)
      await store(standing.source, standing.unstored, hasCiphertext)
  }

  const held = async (): Promise<Held> => {
    if (standing.kind === 'held') return standing
    throw await refusal('locked', sentenceOf(standing))
  }

  const unlock = async (door: PassphraseLock, passphrase: string): Promise<void> => {
    const waitMs = attempts.begin()
    if (waitMs > 0) throw (await import('@sallyport/api/limits/too-many-attempts')).tooManyAttempts(waitMs)
    try {
      const source = await door.unlock(passphrase)
      attempts.succeeded()
      // The keys in memory may be the only ones left: they are never given up for what is on disk.
      if (standing.kind !== 'held' || standing.unstored !== null) await readSource(source)
    } catch (error) {
      const { message } = error as Error
      if (error instanceof WrongPassphraseError) throw await refusal('forbidden', `Not unlocked: ${message}`, error)
      attempts.succeeded()
      if (error instanceof WeakPassphraseError) throw await refusal('bad_request', message, error)
      throw await refusal('unavailable', `Not unlocked: ${message}`, error)
    }
    await held()
  }

  inTurn(() => readAgain(false)).catch((error: unknown) => o.log.error('the master key was not read', { error }))

  return {
    state: () => {
      if (standing.kind === 'held')
        return { kind: 'ready', source: standing.source.name, keyId: standing.keyring.keyId(1) }
      const canUnlock = standing.kind === 'locked' && standing.canUnlock
      return { kind: 'locked', reason: sentenceOf(standing), canUnlock }
    },
    keyring: async (hasCiphertext, toSeal) => {
      // Not in turn: `reseal` may ask for it in the middle of a rotation.
      if (standing.kind !== 'held' || standing.unstored !== null) await inTurn(() => settle(hasCiphertext))
      const { source, keyring } = await held()
      if (toSeal !== undefined) await demandAtSource(source, keyring.fingerprint)
      return keyring
    },
    unlock: (passphrase) =>
      inTurn(async () => {
        if (!isLock(o.source))
          throw await refusal(
            'bad_request',
            `The master key comes from ${o.source.name}: there is no passphrase to give.`,
          )
        await unlock(o.source, passphrase.reveal())
      }),
    rotate: (reseal) =>
      inTurn(async () => {
        const { source, keyring, unstored } = await held()
        if (unstored !== null)
          throw await refusal('conflict', 'There is no master key yet: it is made with the first value.')
        const keys = await beginRotation(source, keyring.fingerprint, randomBytes)
        try {
          await reseal(hold(source, keys).keyring)
          await endRotation(source, keys)
          hold(source, source.howToRotate === null ? { current: keys.current, previous: [] } : keys)
        } finally {
          wipeKeys(keys)
        }
      }),
    problem: () => {
      if (standing.kind === 'locked') return `env sets are locked: ${standing.reason}`
      if (standing.kind === 'held' && standing.source.howToRotate === null && standing.hasPrevious)
        return 'a rotation of the master key was not finished; run: sallyport env-set rotate'
      return null
    },
  }
}
