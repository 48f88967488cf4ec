/**
 * Longest path of a Unix socket, in bytes: `sun_path` holds 104 on macOS and 108 on Linux, with the NUL. Node cuts longer
 * paths silently, and would bind or reach a different file.
 */
export const maxSocketPathBytes = 103

/** The path of a socket, or of the temporary name beside it, is over `maxSocketPathBytes`. */
export class SocketPathTooLongError extends Error {
  override readonly name = 'SocketPathTooLongError'
  readonly path: string
  readonly lengthBytes: number

  constructor(path: string, lengthBytes: number) {
    super(
      `the socket path ${path} is ${lengthBytes} bytes long, and the system allows ${maxSocketPathBytes}; ` +
        'choose a shorter directory with --data-dir',
    )
    this.path = path
    this.lengthBytes = lengthBytes
  }
}

export const assertSocketPathFits = (path: string): void => {
  const lengthBytes = Buffer.byteLength(path)
  if (lengthBytes > maxSocketPathBytes) throw new SocketPathTooLongError(path, lengthBytes)
  // Everything behind a NUL is dropped by the system, and a leading one would leave the file system altogether.
  if (path.includes('\0')) throw new TypeError('a socket path must not contain NUL')
}
