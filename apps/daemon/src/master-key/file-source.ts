import { join } from 'node:path'
import { damaged, readPrivateFile } from '../private-file.ts'
import { createDurably, replaceDurably } from './durable-file.ts'
import type { KeySet } from './key-set.ts'
import { type KeySource, KeySourceError } from './key-source.ts'
import { KEY_TEXT_MAX_BYTES, KeyTextError, keyText, parseKeyText } from './key-text.ts'

/** What it costs to remove it. */
export const LOSS = 'nothing in env sets can then be opened again'

/** `<config dir>/install-<id>.master`, 0600: apart from the database, so that a copied data dir opens nothing. */
export const createFileSource = (configDir: string, installId: string): KeySource => {
  const path = join(configDir, `install-${installId}.master`)
  const withText = async (keys: KeySet, write: typeof createDurably): Promise<void> => {
    const text = keyText(keys, installId)
    try {
      await write(path, text)
    } finally {
      text.fill(0)
    }
  }

  return {
    name: path,
    whenMissing: 'restore it from a backup, or delete the env sets',
    howToRotate: null,
    read: async () => {
      const text = await readPrivateFile(path, { maxBytes: KEY_TEXT_MAX_BYTES, lossOf: LOSS })
      if (text === undefined) return undefined
      try {
        return parseKeyText(text, { installId, mayBeBare: false })
      } catch (error) {
        if (error instanceof KeyTextError)
          throw new KeySourceError(damaged(path, error.message, LOSS), { cause: error })
        throw error
      } finally {
        text.fill(0)
      }
    },
    create: (keys) => withText(keys, createDurably),
    replace: (keys) => withText(keys, replaceDurably),
  }
}
