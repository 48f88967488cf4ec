import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { wipe } from '@sallyport/crypto/keyring'
import { derivePassphraseKey, newPassphraseSettings, PassphraseSettingsError } from '@sallyport/crypto/passphrase-key'
import { open, SealError, seal } from '@sallyport/crypto/seal'
import { z } from 'zod'
import { damaged, readPrivateFile } from '../private-file.ts'
import { createDurably, replaceDurably } from './durable-file.ts'
import { LOSS } from './file-source.ts'
import { type KeySet, wipeKeys } from './key-set.ts'
import {
  type KeySource,
  KeySourceError,
  type PassphraseLock,
  WeakPassphraseError,
  WrongPassphraseError,
} from './key-source.ts'
import { KeyTextError, keyText, parseKeyText } from './key-text.ts'

const NAME = 'a passphrase'
const MAX_BYTES = 16 * 1024
const KEY_ID = 'passphrase'
const whenMissing = 'restore it from a backup and run: sallyport unlock'
const PURPOSE = 'master-key-by-passphrase/1'

const content = z.strictObject({
  format: z.literal('sallyport-passphrase/1'),
  install: z.string(),
  /** Salt and cost of Argon2id (crypto/passphrase-key). */
  settings: z.string(),
  /** The text of our key file (key-text.ts) in an envelope of crypto/seal. */
  sealed: z.base64(),
})
type Content = z.infer<typeof content>

const only = (key: Uint8Array) => (id: string) => (id === KEY_ID ? key : undefined)

/**
 * `env_sets.master_key: passphrase`: `<config dir>/install-<id>.passphrase` holds random master keys, sealed under what Argon2id makes of the passphrase. So a rotation
 * needs no passphrase, and the seal itself tells a right passphrase from a wrong one: nothing else that verifies it is on disk.
 */
export const createPassphraseLock = (configDir: string, installId: string): PassphraseLock => {
  const path = join(configDir, `install-${installId}.passphrase`)
  const bad = (how: string, cause?: unknown): KeySourceError => new KeySourceError(damaged(path, how, LOSS), { cause })

  const readContent = async (): Promise<Content | undefined> => {
    const bytes = await readPrivateFile(path, { maxBytes: MAX_BYTES, lossOf: LOSS })
    if (bytes === undefined) return undefined
    const found = content.safeParse(parseJson(bytes))
    if (!found.success) throw bad('is cut or changed, or from a newer Sallyport')
    if (found.data.install !== installId) throw bad('belongs to another install')
    return found.data
  }

  /** @throws SealError for another key, KeySourceError for another content */
  const unseal = ({ settings, sealed }: Content, key: Uint8Array): KeySet => {
    const aad = [PURPOSE, installId, settings]
    const text = open({ keys: only(key), aad, sealed: Buffer.from(sealed, 'base64') })
    try {
      return parseKeyText(Buffer.from(text.buffer), { installId, mayBeBare: false })
    } catch (error) {
      throw error instanceof KeyTextError ? bad(error.message, error) : error
    } finally {
      wipe(text)
    }
  }

  const write = async (keys: KeySet, settings: string, key: Uint8Array, to: typeof createDurably): Promise<void> => {
    const plaintext = keyText(keys, installId)
    const aad = [PURPOSE, installId, settings]
    const sealed = Buffer.from(seal({ key, keyId: KEY_ID, aad, plaintext, random: randomBytes })).toString('base64')
    wipe(plaintext)
    const text: Content = { format: 'sallyport-passphrase/1', install: installId, settings, sealed }
    await to(path, Buffer.from(`${JSON.stringify(text)}\n`))
  }

  /** @param key what became of the passphrase */
  const sourceOf = (settings: string, key: Uint8Array): KeySource => ({
    name: NAME,
    whenMissing,
    howToRotate: null,
    read: async () => {
      const found = await readContent()
      if (found === undefined) return undefined
      try {
        return unseal(found, key)
      } catch (error) {
        if (!(error instanceof SealError)) throw error
        throw new KeySourceError(`${path} was changed since it was unlocked; put it back, or restart the daemon`, {
          cause: error,
        })
      }
    },
    create: (keys) => write(keys, settings, key, createDurably),
    replace: (keys) => write(keys, settings, key, replaceDurably),
  })

  const derive = (passphrase: string, settings: string): Promise<Uint8Array> =>
    derivePassphraseKey({ passphrase, settings }).catch((error: unknown) => {
      throw error instanceof PassphraseSettingsError
        ? bad('is cut or changed, or from a newer Sallyport', error)
        : error
    })

  return {
    name: path,
    whenMissing,
    isThere: async () => (await readContent()) !== undefined,
    unlock: async (passphrase) => {
      const found = await readContent()
      if (found === undefined) {
        await demandGood(passphrase)
        const settings = newPassphraseSettings(randomBytes)
        return sourceOf(settings, await derive(passphrase, settings))
      }
      if (passphrase === '') throw new WrongPassphraseError('a passphrase is not empty')
      const key = await derive(passphrase, found.settings)
      try {
        wipeKeys(unseal(found, key))
        return sourceOf(found.settings, key)
      } catch (error) {
        wipe(key)
        if (!(error instanceof SealError)) throw error
        throw new WrongPassphraseError(`this is not the passphrase of ${path}`, { cause: error })
      }
    },
  }
}

/** No error of JSON.parse goes on: it quotes the text. */
const parseJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

/** What is right for a first passphrase need not be asked of one that opens the file. */
const demandGood = async (passphrase: string): Promise<void> => {
  const { passwordProblem } = await import('@sallyport/contract/password-rules')
  const problem = passwordProblem({ password: passphrase, minLength: 15 })
  if (problem !== null) throw new WeakPassphraseError(problem.replaceAll('password', 'passphrase'))
}
