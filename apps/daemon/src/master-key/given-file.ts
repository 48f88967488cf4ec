import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'

/** A file that the owner named and that must not be used. The message completes a sentence that begins with its path. */
export class GivenFileError extends Error {
  override readonly name = 'GivenFileError'
}

/** Why a file must not be taken, or null. `isCredential`: systemd made it, 0400 or 0440, for the service alone and possibly as root's. */
const fileProblem = async (
  file: FileHandle,
  { path, maxBytes }: GivenFile,
  isCredential: boolean,
): Promise<string | null> => {
  const stats = await file.stat()
  if (!stats.isFile()) return 'is not a file'
  if (stats.size > maxBytes) return `is ${stats.size} bytes long: too long for a secret`
  if (stats.uid !== process.getuid?.() && !(isCredential && stats.uid === 0))
    return `belongs to uid ${stats.uid}, not to you: its owner knows what is in it`
  if ((stats.mode & (isCredential ? 0o027 : 0o077)) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
    return `is open to other users (mode ${mode}): they may have read it; put another secret into it, or, if you are sure, run: chmod 600 ${path}`
  }
  return null
}

/**
 * Whether systemd put it there: below a real directory that only root or we can have made and nobody else can write. A variable alone proves nothing, it could say
 * `CREDENTIALS_DIRECTORY=/`.
 */
const isCredentialFile = async (path: string, directory: string | undefined): Promise<boolean> => {
  if (directory === undefined || !isAbsolute(directory)) return false
  const stats = await lstat(directory).catch(() => undefined)
  if (stats === undefined || !stats.isDirectory() || (stats.mode & 0o027) !== 0) return false
  if (stats.uid !== 0 && stats.uid !== process.getuid?.()) return false
  const [file, parent] = await Promise.all([realpath(path), realpath(directory)])
  return dirname(file) === parent
}

export interface GivenFile {
  readonly path: string
  readonly maxBytes: number
  /** $CREDENTIALS_DIRECTORY. */
  readonly credentialsDirectory: string | undefined
}

/**
 * A secret in a file that the owner made and named, or that systemd made. The caller zeroes it.
 * @throws GivenFileError when it cannot be read, or others may have read it
 */
export const readGivenFile = async (given: GivenFile): Promise<Buffer> => {
  // Not O_NOFOLLOW: the owner chose the path, and what counts is the file that it leads to. O_NONBLOCK: a fifo must not hold us up.
  const file = await open(given.path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      throw new GivenFileError(`cannot be read (${error.code})`)
    },
  )
  try {
    const problem = await fileProblem(file, given, await isCredentialFile(given.path, given.credentialsDirectory))
    if (problem !== null) throw new GivenFileError(problem)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** The path of a systemd credential, when there is something under that name. */
export const findCredential = async (directory: string | undefined, name: string): Promise<string | undefined> => {
  if (directory === undefined || !isAbsolute(directory)) return undefined
  const path = join(directory, name)
  const exists = await lstat(path).then(
    () => true,
    // Something that cannot be looked at is there, and says so when it is read: it is not passed over for another place.
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
  return exists ? path : undefined
}
