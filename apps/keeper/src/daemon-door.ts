import type { Socket } from 'node:net'
import { join } from 'node:path'
import { descendsFrom } from '@sallyport/unix-socket/ancestry'
import { readLockHolder } from '@sallyport/unix-socket/file-lock'
import type { PeerCredentials } from '@sallyport/unix-socket/peer-credentials'
import type { LogLine } from './log-line.ts'

/**
 * Lets in one process: the daemon (SPEC W5). The listener has refused other uids already, but every program that a
 * session runs has our uid too, and could type into other sessions here. So the peer must be the process that holds the
 * daemon's lock right now, and must not descend from us: a program in a session may well win the lock when no daemon runs.
 */
export interface DaemonDoor {
  /** True when `socket` may be served. Otherwise it is closed, nothing was read from it, and one line says why. */
  admit(socket: Socket, peer: PeerCredentials): Promise<boolean>
}

export interface DaemonDoorOptions {
  readonly dataDir: string
  readonly logLine: LogLine
  /** The last connection of the admitted daemon is gone. */
  readonly onDaemonGone: () => void
}

const whyNot = async (peer: PeerCredentials, lockPath: string): Promise<string | undefined> => {
  if (peer.pid === undefined) {
    // macOS does not name the peer's process, so our own uid is all there is to check (SECURITY.md says so).
    return process.platform === 'darwin' ? undefined : 'its process is unknown'
  }
  const holder = await readLockHolder(lockPath)
  if (holder !== peer.pid) return `process ${peer.pid} does not hold ${lockPath}`
  // `unknown` counts as yes: a chain that cannot be read may be one of ours.
  if (descendsFrom(peer.pid, process.pid) !== 'no') return `process ${peer.pid} was started by a session`
  return undefined
}

export const createDaemonDoor = ({ dataDir, logLine, onDaemonGone }: DaemonDoorOptions): DaemonDoor => {
  const lockPath = join(dataDir, 'daemon.lock')
  let daemonPid: number | undefined
  let open = new Set<Socket>()

  /** Two daemons never hold the lock at once: connections of another pid are left over from a dead one. */
  const welcome = (pid: number | undefined, socket: Socket) => {
    if (pid !== daemonPid) {
      for (const old of open) old.destroy()
      open = new Set()
      daemonPid = pid
      logLine(`daemon ${pid ?? ''} connected`)
    }
    const sockets = open
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets !== open || sockets.size > 0) return
      daemonPid = undefined
      logLine(`daemon ${pid ?? ''} is gone`)
      onDaemonGone()
    })
  }

  return {
    admit: async (socket, peer) => {
      // It may reset while we look; without a listener that would be an uncaught error.
      socket.on('error', () => undefined)
      const reason = await whyNot(peer, lockPath).catch((error: Error) => `the lock cannot be read: ${error.message}`)
      if (reason === undefined && !socket.destroyed) {
        welcome(peer.pid, socket)
        return true
      }
      socket.destroy()
      if (reason !== undefined) logLine(`refused a connection: ${reason}`)
      return false
    },
  }
}
