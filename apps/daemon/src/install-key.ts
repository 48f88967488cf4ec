import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { ensurePrivateDirectory } from '@sallyport/unix-socket/private-directory'
import { type Environment, processVariables } from './config/environment.ts'
import { damaged, PrivateFileError, readPrivateFile } from './private-file.ts'

const KEY_BYTES = 32
const ID_BYTES = 16
const LOSS = 'everybody is signed out, and second factors must be set up again'

/** SALLYPORT_CONFIG_DIR, else XDG, else ~/.config/sallyport. Keys live here, apart from the data they protect: a copied data dir alone opens nothing. */
export const configDirectory = (environment: Environment): string => {
  const explicit = environment[processVariables.configDirectory]
  if (explicit) return resolve(explicit)
  // XDG base directory specification: a relative path is invalid and must be ignored.
  const xdg = environment.XDG_CONFIG_HOME
  return join(xdg?.startsWith('/') ? xdg : join(homedir(), '.config'), 'sallyport')
}

/** Reads the file, or makes it with `content` when there is none. O_EXCL: a planted file or link is never taken for ours. */
const readOrCreate = async (path: string, content: Buffer): Promise<Buffer> => {
  const created = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined
    throw error
  })
  if (created !== undefined) {
    try {
      await created.writeFile(content)
      // Sessions are sealed with this key at once: it must be on disk before anything that depends on it.
      await created.sync()
      return content
    } finally {
      await created.close()
    }
  }
  const found = await readPrivateFile(path, { maxBytes: content.length, lossOf: LOSS })
  if (found?.length !== content.length)
    throw new PrivateFileError(damaged(path, `is ${found?.length ?? 0} bytes long, not ${content.length}`, LOSS))
  return found
}

/** What makes this install itself: `id` names it and stands in the data dir, `key` is secret and stands in the config dir. */
export interface Install {
  /** 32 hex digits. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/**
 * The install key (SPEC section 1): 32 random bytes, made at the first boot under the holder of the daemon lock, so nobody else is making it.
 * @throws PrivateFileError when a file is wider than 0600, foreign, a link or of the wrong size
 */
export const loadInstall = async (dataDir: string, configDir: string): Promise<Install> => {
  await ensurePrivateDirectory(configDir)
  const idFile = join(dataDir, 'install-id')
  const id = (await readOrCreate(idFile, Buffer.from(`${randomBytes(ID_BYTES).toString('hex')}\n`)))
    .toString('latin1')
    .trim()
  if (!/^[0-9a-f]{32}$/.test(id)) throw new PrivateFileError(damaged(idFile, 'holds no id', LOSS))
  return { id, key: await readOrCreate(join(configDir, `install-${id}.key`), randomBytes(KEY_BYTES)) }
}
