import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, lstat, rename, unlink } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { assertPathIsFree, type SocketIdentity } from './occupied-path.ts'
import { ownUid } from './own-uid.ts'
import { type PeerCredentials, PeerCredentialsUnreadableError, peerCredentials } from './peer-credentials.ts'
import { assertPrivateDirectory } from './private-directory.ts'
import { assertSocketPathFits } from './socket-path.ts'

export interface Refusal {
  readonly reason: 'foreign_uid' | 'unreadable_credentials'
  /** The foreigner's uid, where it could be read. */
  readonly uid?: number
}

export interface UnixListenerOptions {
  readonly path: string
  /**
   * Gets each accepted socket before a byte was read from it. When it returns and something listens for data
   * (`httpServer.emit('connection', socket)` does), reading starts; otherwise the socket stays paused, losing nothing,
   * until its owner attaches a reader and calls `socket.resume()`. The owner listens for `error` on it.
   */
  readonly onConnection: (socket: Socket, peer: PeerCredentials) => void
  /** Told about each connection that was closed at accept (W2), for the audit log. */
  readonly onRefused?: (refusal: Refusal) => void
  /** A connection that the system could not give us (no descriptors, no memory). Uncaught unless handled here. */
  readonly onAcceptError?: (error: Error) => void
}

export interface UnixListener {
  readonly path: string
  /** Removes the name if it is still ours, stops accepting, and ends the connections that are still open. */
  close(): Promise<void>
}

const admit = (socket: Socket): PeerCredentials | Refusal => {
  try {
    const peer = peerCredentials(socket)
    return peer.uid === ownUid() ? peer : { reason: 'foreign_uid', uid: peer.uid }
  } catch (error) {
    if (error instanceof PeerCredentialsUnreadableError) return { reason: 'unreadable_credentials' }
    throw error
  }
}

const accept =
  ({ onConnection, onRefused }: UnixListenerOptions, open: Set<Socket>) =>
  (socket: Socket) => {
    const verdict = admit(socket)
    if ('reason' in verdict) {
      socket.destroy()
      onRefused?.(verdict)
      return
    }
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    onConnection(socket, verdict)
    if (socket.listenerCount('data') > 0) socket.resume()
  }

/**
 * Serves `path` (W1, W2). The directory must pass assertPrivateDirectory, and the caller holds the lock that makes it
 * the only server there. Throws SocketPathTooLongError, SocketPathOccupiedError or DirectoryNotPrivateError.
 *
 * The socket is bound under a temporary name, made 0600 and then renamed, so nobody meets it half made. It also takes
 * away node's habit of unlinking BY NAME at close, which would delete a successor's socket: the name that node knows is
 * the temporary one, gone since the rename.
 */
export const listenUnix = async (options: UnixListenerOptions): Promise<UnixListener> => {
  const path = resolve(options.path)
  // Shorter than any name we serve under, and random, so that a server that is just closing cannot unlink it either.
  const temporaryPath = join(dirname(path), `.s${randomBytes(4).toString('hex')}`)
  assertSocketPathFits(path)
  assertSocketPathFits(temporaryPath)
  await assertPrivateDirectory(dirname(path))
  await assertPathIsFree(path)

  const open = new Set<Socket>()
  // Paused, so that reading cannot have begun before the peer is known.
  const server = createServer({ pauseOnConnect: true }, accept(options, open))
  server.listen({ path: temporaryPath })
  await once(server, 'listening')
  try {
    await chmod(temporaryPath, 0o600)
    const identity = await lstat(temporaryPath)
    await rename(temporaryPath, path)
    if (options.onAcceptError) server.on('error', options.onAcceptError)
    return { path, close: () => closeListener({ path, server, open, identity }) }
  } catch (error) {
    await closeServer(server, open)
    throw error
  }
}

const closeServer = (server: Server, open: Set<Socket>): Promise<void> =>
  new Promise((done) => {
    // Its only error is "not running", which is what we want.
    server.close(() => done())
    for (const socket of open) socket.destroy()
  })

const closeListener = async (listener: {
  path: string
  server: Server
  open: Set<Socket>
  identity: SocketIdentity
}): Promise<void> => {
  const { path, server, open, identity } = listener
  if (server.listening) {
    // Compared while the server still holds its inode: once that is free, its number may go to a successor's socket.
    const there = await lstat(path).catch(ignoreMissing)
    if (there?.ino === identity.ino && there.dev === identity.dev) await unlink(path).catch(ignoreMissing)
  }
  await closeServer(server, open)
}

const ignoreMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}
