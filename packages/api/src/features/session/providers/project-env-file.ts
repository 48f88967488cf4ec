import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'

/** What people write by hand has a page or two. The rest of a longer file goes unread: this is for a warning. */
const MAX_BYTES = 64 * 1024

/** What stands before the `=`. Some editors put a byte order mark first; programs that read such files allow `export`. */
const assigned = /^(?:\xef\xbb\xbf)?\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*$/

/** Names that the `.env` of a project sets. Its values are never made text, and wiped. No names when there is no such file, or none that can be read. */
export const namesInProjectEnv = async (directory: string): Promise<ReadonlySet<string>> => {
  const buffer = Buffer.alloc(MAX_BYTES)
  try {
    const length = await readBeginning(join(directory, '.env'), buffer)
    return new Set(namesIn(buffer.subarray(0, length)))
  } finally {
    buffer.fill(0)
  }
}

const readBeginning = async (path: string, buffer: Buffer): Promise<number> => {
  // Not blocking: opening a FIFO would wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined)
  if (file === undefined) return 0
  try {
    if (!(await file.stat()).isFile()) return 0
    return (await file.read(buffer, 0, MAX_BYTES, 0)).bytesRead
  } finally {
    await file.close()
  }
}

const namesIn = function* (text: Buffer): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf('\n', start)
    const end = lineEnd === -1 ? text.length : lineEnd
    const sign = text.subarray(start, end).indexOf('=')
    const name = sign === -1 ? undefined : assigned.exec(text.toString('latin1', start, start + sign))?.[1]
    if (name !== undefined) yield name
    start = end + 1
  }
}
