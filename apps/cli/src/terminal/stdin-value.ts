const LF = 0x0a
const CR = 0x0d

/** Without one newline at the end, be it LF or CRLF. */
const withoutNewline = (bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> => {
  if (bytes.at(-1) !== LF) return bytes
  return bytes.subarray(0, bytes.at(-2) === CR ? -2 : -1)
}

export interface StdinValueOptions {
  readonly maxBytes: number
  /** Keeps the newline at the end that `echo` and editors put there. */
  readonly exact: boolean
}

/** All of standard input, as bytes that the caller wipes; undefined when there is more of it than `maxBytes`. Rejects when it cannot be read. */
export const readStdinValue = async (
  stdin: AsyncIterable<Buffer>,
  { maxBytes, exact }: StdinValueOptions,
): Promise<Buffer<ArrayBuffer> | undefined> => {
  const pieces: Buffer[] = []
  try {
    let bytes = 0
    for await (const piece of stdin) {
      pieces.push(piece)
      bytes += piece.length
      // Two for the newline.
      if (bytes > maxBytes + 2) return undefined
    }
    const all = Buffer.concat(pieces)
    const value = exact ? all : withoutNewline(all)
    return value.length > maxBytes ? undefined : value
  } finally {
    for (const piece of pieces) piece.fill(0)
  }
}
