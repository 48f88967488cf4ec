import { lstat, mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ownUid } from './own-uid.ts'

export type DirectoryProblem = 'missing' | 'not_a_directory' | 'symlink' | 'foreign_owner' | 'too_open'

/** A directory that must not hold secrets or sockets. The message says what the user can do about it. */
export class DirectoryNotPrivateError extends Error {
  override readonly name = 'DirectoryNotPrivateError'
  readonly path: string
  readonly problem: DirectoryProblem

  constructor(path: string, problem: DirectoryProblem, sentence: string) {
    super(sentence)
    this.path = path
    this.problem = problem
  }
}

const groupAndOthers = 0o077

/**
 * Throws DirectoryNotPrivateError unless `path` is a real directory of our own uid with a mode no wider than 0700 (W1).
 *
 * A symlink is refused even when it leads to a good directory: whoever owns the link could turn it elsewhere between
 * this check and the next use. ACL entries count too, since Linux shows their mask in the group bits.
 */
export const assertPrivateDirectory = async (path: string): Promise<void> => {
  // lstat follows a link when the path ends in a slash; resolve() takes the slash away.
  const directory = resolve(path)
  const stats = await lstat(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    throw new DirectoryNotPrivateError(directory, 'missing', `${directory} does not exist`)
  })
  if (stats.isSymbolicLink()) {
    throw new DirectoryNotPrivateError(
      directory,
      'symlink',
      `${directory} is a symbolic link; name the directory it leads to, or replace it by a real directory`,
    )
  }
  if (!stats.isDirectory()) {
    throw new DirectoryNotPrivateError(directory, 'not_a_directory', `${directory} is not a directory; move it away`)
  }
  if (stats.uid !== ownUid()) {
    throw new DirectoryNotPrivateError(
      directory,
      'foreign_owner',
      `${directory} belongs to uid ${stats.uid}, not to you (uid ${ownUid()}); use a directory of your own`,
    )
  }
  if ((stats.mode & groupAndOthers) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
    throw new DirectoryNotPrivateError(
      directory,
      'too_open',
      `${directory} is open to other users (mode ${mode}); run: chmod 700 ${directory}`,
    )
  }
}

/** Makes `path` (and missing parents) with mode 0700, or accepts what is there if it passes assertPrivateDirectory. */
export const ensurePrivateDirectory = async (path: string): Promise<void> => {
  const directory = resolve(path)
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    // Something is in the way, a file or a dangling link: the check below names it better than mkdir does.
    if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error
  })
  await assertPrivateDirectory(directory)
}
