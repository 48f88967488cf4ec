import type { KeySet } from './key-set.ts'

/** A source that cannot give, or take, its keys. The message is a whole sentence for people and quotes nothing of the content. */
export class KeySourceError extends Error {
  override readonly name = 'KeySourceError'
}

interface KeyPlace {
  /** For people: a path, a variable. */
  readonly name: string
  /** What to do when something is sealed and its key is not there; completes a sentence. */
  readonly whenMissing: string
}

/** One place where master keys stand (E2). */
export interface KeySource extends KeyPlace {
  /** What is there now, for the caller to wipe; undefined when nothing is. Rejects with a sentence when it must not be used. */
  read(): Promise<KeySet | undefined>
  /** Makes it; never over something that is there. Durable when it resolves. */
  create(keys: KeySet): Promise<void>
  /** All or nothing, whenever the power goes; durable when it resolves. */
  replace(keys: KeySet): Promise<void>
  /** Null: we write it. Otherwise it is the owner's to write, and this sentence says how to bring a new key in. */
  readonly howToRotate: string | null
}

/** A source that is closed until somebody says the passphrase. */
export interface PassphraseLock extends KeyPlace {
  /** False: no passphrase was ever chosen, the first one to come is taken. Rejects with a sentence when none would do, as long as the file is as it is. */
  isThere(): Promise<boolean>
  /** The source behind it. Rejects with WrongPassphraseError, WeakPassphraseError (the first one), or with a sentence. */
  unlock(passphrase: string): Promise<KeySource>
}

export class WrongPassphraseError extends Error {
  override readonly name = 'WrongPassphraseError'
}

/** A first passphrase that is too weak to be one; the message says why. */
export class WeakPassphraseError extends Error {
  override readonly name = 'WeakPassphraseError'
}
