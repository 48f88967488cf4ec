import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** A file with a secret in it that cannot be trusted or read. The message says what to do. */
export class PrivateFileError extends Error {
  override readonly name = 'PrivateFileError'
}

export interface PrivateFileRules {
  /** Nothing of ours is longer. */
  readonly maxBytes: number
  /** What it costs to remove the file, for the sentence: `everybody is signed out`. */
  readonly lossOf: string
}

/**
 * The whole file at `path`; undefined when there is none. What is checked and what is read is one open file: O_NOFOLLOW, so that a planted link is never
 * taken for ours; O_NONBLOCK, so that a fifo cannot hold us up.
 * @throws PrivateFileError when it is a link, foreign, wider than 0600 or too long
 */
export const readPrivateFile = async (
  path: string,
  { maxBytes, lossOf }: PrivateFileRules,
): Promise<Buffer | undefined> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      if (error.code === 'ELOOP') throw new PrivateFileError(`${path} is a symbolic link; move it away`)
      throw error
    },
  )
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new PrivateFileError(`${path} is not a file; move it away`)
    if (stats.uid !== process.getuid?.())
      throw new PrivateFileError(`${path} belongs to uid ${stats.uid}, not to you; move it away`)
    if ((stats.mode & 0o077) !== 0) {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0')
      throw new PrivateFileError(
        `${path} is open to other users (mode ${mode}): they may have read it; remove it (${lossOf}) or, if you are sure, run: chmod 600 ${path}`,
      )
    }
    if (stats.size > maxBytes) throw new PrivateFileError(damaged(path, `is ${stats.size} bytes long`, lossOf))
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** One sentence for every kind of damage. */
export const damaged = (path: string, how: string, lossOf: string): string =>
  `${path} ${how}: it is damaged; restore it from a backup, or remove it (${lossOf})`
