import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { ensurePrivateDirectory } from '@sallyport/unix-socket/private-directory'
import { type Environment, processVariables } from './config/environment.ts'

const KEY_BYTES = 32
const ID_BYTES = 16

/** SALLYPORT_CONFIG_DIR, else XDG, else ~/.config/sallyport. Keys live here, apart from the data they protect: a copied data dir alone opens nothing. */
export const configDirectory = (environment: Environment): string => {
  const explicit = environment[processVariables.configDirectory]
  if (explicit) return resolve(explicit)
  // XDG base directory specification: a relative path is invalid and must be ignored.
  const xdg = environment.XDG_CONFIG_HOME
  return join(xdg?.startsWith('/') ? xdg : join(homedir(), '.config'), 'sallyport')
}

/** A key or id file cannot be trusted or read. The message says what to do. */
export class InstallKeyError extends Error {
  override readonly name = 'InstallKeyError'
}

const assertPrivateFile = async (file: FileHandle, path: string, bytes: number): Promise<void> => {
  const stats = await file.stat()
  if (!stats.isFile()) throw new InstallKeyError(`${path} is not a file; move it away`)
  if (stats.uid !== process.getuid?.())
    throw new InstallKeyError(`${path} belongs to uid ${stats.uid}, not to you; move it away`)
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
    throw new InstallKeyError(
      `${path} is open to other users (mode ${mode}): they may have read it; remove it (everybody is signed out) or, if you are sure, run: chmod 600 ${path}`,
    )
  }
  if (stats.size !== bytes) {
    throw new InstallKeyError(
      `${path} is ${stats.size} bytes long, not ${bytes}: it is damaged; restore it from a backup, or remove it (everybody is signed out)`,
    )
  }
}

/** Reads the file, or makes it with `content` when there is none. O_EXCL and O_NOFOLLOW: a planted file or link is never taken for ours. */
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
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ELOOP') throw new InstallKeyError(`${path} is a symbolic link; move it away`)
      throw error
    },
  )
  try {
    await assertPrivateFile(file, path, content.length)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/**
 * The install key (SPEC section 1): 32 random bytes, made at the first boot under the holder of the daemon lock, so nobody else is making it.
 * @throws InstallKeyError when a file is wider than 0600, foreign, a link or of the wrong size
 */
export const loadInstallKey = async (dataDir: string, configDir: string): Promise<Uint8Array> => {
  await ensurePrivateDirectory(configDir)
  const idFile = join(dataDir, 'install-id')
  const id = (await readOrCreate(idFile, Buffer.from(`${randomBytes(ID_BYTES).toString('hex')}\n`)))
    .toString('latin1')
    .trim()
  if (!/^[0-9a-f]{32}$/.test(id))
    throw new InstallKeyError(`${idFile} is damaged; restore it from a backup, or remove it (everybody is signed out)`)
  return readOrCreate(join(configDir, `install-${id}.key`), randomBytes(KEY_BYTES))
}
