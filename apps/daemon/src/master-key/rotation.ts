/**
 * The two steps of a rotation that touch the source (E6). Between them everything is sealed anew; whatever dies when, each value has its key on disk:
 *
 *   beginRotation   disk: old            → new + old
 *   (reseal)        values: under old    → under new, in one transaction
 *   endRotation     disk: new + old      → new
 */
import type { RandomBytes } from '@sallyport/crypto/tokens'
import { fingerprintsOf, type KeySet, newKeySet, wipeKeys } from './key-set.ts'
import { type KeySource, KeySourceError } from './key-source.ts'
import { refusal } from './refusal.ts'

/** What is at the source now: with our key, or somebody changed it and we write nothing over theirs. */
const readCurrent = async (source: KeySource, fingerprint: string): Promise<KeySet> => {
  const found = await source.read()
  if (found === undefined)
    throw new KeySourceError(`${source.name} is gone; put it back from a backup before the daemon ends`)
  if (fingerprintsOf(found).includes(fingerprint)) return found
  wipeKeys(found)
  throw new KeySourceError(
    `${source.name} holds another key than the one in use; put that one back, or restart the daemon`,
  )
}

/** Otherwise a daemon whose key file was moved away would go on sealing values that nobody can open after its end. @throws AppError `unavailable` */
export const demandAtSource = async (source: KeySource, fingerprint: string): Promise<void> => {
  const found = await readCurrent(source, fingerprint).catch(async (error: Error) => {
    throw await refusal('unavailable', `Nothing was changed: ${error.message}`, error)
  })
  wipeKeys(found)
}

/**
 * The keys to seal everything anew with, for the caller to wipe. Previous ones that are there already are those of a rotation that was cut short, or that the owner began:
 * it goes on with them.
 * @param fingerprint of the master key in use
 * @throws AppError
 */
export const beginRotation = async (source: KeySource, fingerprint: string, random: RandomBytes): Promise<KeySet> => {
  const unavailable = async (error: Error): Promise<never> => {
    throw await refusal('unavailable', `The master key was not changed: ${error.message}`, error)
  }
  const found = await readCurrent(source, fingerprint).catch(unavailable)
  if (found.previous.length > 0) return found
  if (source.howToRotate !== null) {
    wipeKeys(found)
    throw await refusal('conflict', `Not rotated: ${source.howToRotate}`)
  }
  const next: KeySet = { current: newKeySet(random).current, previous: [found.current] }
  await source.replace(next).catch((error: Error) => {
    wipeKeys(next)
    return unavailable(error)
  })
  return next
}

/** Leaves the new key alone, where the source is ours to write. @throws AppError */
export const endRotation = async (source: KeySource, { current }: KeySet): Promise<void> => {
  if (source.howToRotate !== null) return
  await source.replace({ current, previous: [] }).catch(async (error: Error) => {
    const sentence = `Everything is sealed under a new master key, but the old one is still in ${source.name}: ${error.message}. Mend that and rotate again.`
    throw await refusal('unavailable', sentence, error)
  })
}
