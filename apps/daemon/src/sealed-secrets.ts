import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { SealedSecrets, SignInSecrets } from '@sallyport/api/api-dependencies'
import { deriveKey } from '@sallyport/crypto/derive'
import { open as openSealed, SealError, seal } from '@sallyport/crypto/seal'
import { z } from 'zod'
import type { Install } from './install-key.ts'
import { replaceDurably } from './master-key/durable-file.ts'
import { damaged, PrivateFileError, readPrivateFile } from './private-file.ts'

/** A server setup and thousands of TOTP secrets. */
const MAX_BYTES = 1024 * 1024
const LOSS = 'passwords and second factors must then be set up again'
const KEY_ID = 'install'
const PURPOSE = 'sign-in-secrets/1'

const content = z.strictObject({
  opaqueSetup: z.string().nullable(),
  totp: z.record(z.string(), z.string()),
})
const nothing: SignInSecrets = { opaqueSetup: null, totp: {} }

const reasons: Record<SealError['reason'], string> = {
  damaged: 'was cut or changed, or belongs to another install',
  unknown_key: 'was sealed with a key that is not there',
  unknown_version: 'was written by a newer Sallyport',
}

/**
 * `<config dir>/install-<id>.secrets`: what verifies sign-ins and must not lie in the database, sealed by the install key and bound to this install. No file is an
 * install where nobody signed in yet. A file that cannot be read is never overwritten: what is in it cannot be made again.
 */
export const createSealedSecrets = (configDir: string, install: Install): SealedSecrets => {
  const path = join(configDir, `install-${install.id}.secrets`)
  const key = deriveKey(install.key, 'sealed-secrets/1')
  const aad = [install.id, PURPOSE]

  const read = async (): Promise<SignInSecrets> => {
    const sealed = await readPrivateFile(path, { maxBytes: MAX_BYTES, lossOf: LOSS })
    if (sealed === undefined) return nothing
    try {
      const plaintext = openSealed({ keys: (id) => (id === KEY_ID ? key : undefined), aad, sealed })
      return content.parse(JSON.parse(new TextDecoder().decode(plaintext)))
    } catch (error) {
      const how = error instanceof SealError ? reasons[error.reason] : 'holds something else'
      throw new PrivateFileError(damaged(path, how, LOSS), { cause: error })
    }
  }

  const write = (secrets: SignInSecrets): Promise<void> => {
    const plaintext = new TextEncoder().encode(JSON.stringify(content.parse(secrets)))
    return replaceDurably(path, seal({ key, keyId: KEY_ID, aad, plaintext, random: randomBytes }))
  }

  let last: Promise<void> = Promise.resolve()
  return {
    read,
    update: (change) => {
      const mine = last.then(async () => write(change(await read())))
      // The next one goes on whatever became of this one, whose caller is told.
      last = mine.catch(() => undefined)
      return mine
    },
  }
}
