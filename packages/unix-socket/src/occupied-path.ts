import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { connect } from 'node:net'
import { ownUid } from './own-uid.ts'

/** What tells one socket file from another of the same name. */
export type SocketIdentity = Pick<Stats, 'dev' | 'ino'>

export type PathOccupant = 'symlink' | 'directory' | 'not_a_socket' | 'foreign_socket' | 'listening'

const sentences: Record<PathOccupant, (path: string) => string> = {
  symlink: (path) => `${path} is a symbolic link; nothing of ours makes one there, look at it and move it away`,
  directory: (path) => `${path} is a directory; move it away`,
  not_a_socket: (path) => `${path} is not a socket; move it away`,
  foreign_socket: (path) => `${path} is the socket of another user; use a directory of your own`,
  listening: (path) => `another process is listening on ${path}; stop it first`,
}

/** Something that we neither follow nor remove stands where the socket should be. */
export class SocketPathOccupiedError extends Error {
  override readonly name = 'SocketPathOccupiedError'
  readonly path: string
  readonly occupant: PathOccupant

  constructor(path: string, occupant: PathOccupant) {
    super(sentences[occupant](path))
    this.path = path
    this.occupant = occupant
  }
}

const occupantKind = (stats: Stats): PathOccupant | undefined => {
  if (stats.isSymbolicLink()) return 'symlink'
  if (stats.isDirectory()) return 'directory'
  if (!stats.isSocket()) return 'not_a_socket'
  return stats.uid === ownUid() ? undefined : 'foreign_socket'
}

/** Only a refused connection proves that nobody listens: a full backlog (EAGAIN) is a server too. */
const isListening = (path: string): Promise<boolean> =>
  new Promise((answer) => {
    const probe = connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      answer(true)
    })
    probe.once('error', (error: NodeJS.ErrnoException) =>
      answer(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    )
  })

/**
 * Throws SocketPathOccupiedError unless `path` is free or holds a dead socket of ours, which the caller may then rename
 * over: a server that was killed leaves one behind.
 */
export const assertPathIsFree = async (path: string): Promise<void> => {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined) return
  const occupant = occupantKind(stats) ?? ((await isListening(path)) ? 'listening' : undefined)
  if (occupant !== undefined) throw new SocketPathOccupiedError(path, occupant)
}
