import type { Socket } from 'node:net'
import { darwinLibc, libc, NativeCallError } from './native.ts'

/** Who opened the other end, as the kernel noted it at connect time. The peer cannot forge it. */
export interface PeerCredentials {
  readonly uid: number
  readonly gid: number
  /** Undefined on macOS, and when the peer lives in a pid namespace that we cannot see. May be dead by now. */
  readonly pid: number | undefined
}

/** The kernel did not say who the peer is. Whoever gets this must refuse the connection. */
export class PeerCredentialsUnreadableError extends Error {
  override readonly name = 'PeerCredentialsUnreadableError'
}

/** SOL_SOCKET and SO_PEERCRED of Linux. On architectures with other numbers the length below does not match. */
const solSocket = 1
const soPeercred = 17
const ucredBytes = 12

const readLinux = (fd: number): PeerCredentials => {
  // struct ucred { pid_t pid; uid_t uid; gid_t gid }, three 32-bit words. See unix(7).
  const credentials = new Uint32Array(3)
  const length = Uint32Array.of(ucredBytes)
  if (libc().getsockopt(fd, solSocket, soPeercred, credentials, length) !== 0) {
    throw new NativeCallError('getsockopt', libc().errno())
  }
  const [pid, uid, gid] = credentials
  if (length[0] !== ucredBytes || pid === undefined || uid === undefined || gid === undefined) {
    throw new Error(`SO_PEERCRED answered ${length[0]} bytes`)
  }
  return { uid, gid, pid: pid === 0 ? undefined : pid }
}

const readDarwin = (fd: number): PeerCredentials => {
  const uid = new Uint32Array(1)
  const gid = new Uint32Array(1)
  if (darwinLibc().getpeereid(fd, uid, gid) !== 0) throw new NativeCallError('getpeereid', libc().errno())
  return { uid: uid[0] as number, gid: gid[0] as number, pid: undefined }
}

/** node has no public way to the descriptor of a socket; `_handle.fd` is what libuv's own handle reports. */
const descriptorOf = (socket: Socket): number => {
  const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } | null }
  const fd = handle?.fd
  if (fd === undefined || fd < 0) throw new Error('the socket is closed')
  return fd
}

/** Throws PeerCredentialsUnreadableError, with the reason as `cause`, for a closed socket or one that is no Unix socket. */
export const peerCredentials = (socket: Socket): PeerCredentials => {
  try {
    const credentials =
      process.platform === 'darwin' ? readDarwin(descriptorOf(socket)) : readLinux(descriptorOf(socket))
    // A TCP socket answers SO_PEERCRED too, with "nobody knows": -1 for both.
    if (credentials.uid === 0xffffffff) throw new Error('the socket has no peer')
    return credentials
  } catch (cause) {
    throw new PeerCredentialsUnreadableError('cannot read who opened the connection', { cause })
  }
}
