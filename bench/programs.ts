import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Gate } from './gate.ts'

/** Waits at the gate, prints the file, then stays, so that nobody loses the end by the program's exit. */
export const flood = (file: string, gate: Gate): string[] => [
  'sh',
  '-c',
  'stty raw -echo; cat "$1" >/dev/null; cat "$0"; exec sleep 100000',
  file,
  gate.path,
]

/** Waits at the gate, then gives back each key at once. */
export const echo = (gate: Gate): string[] => ['sh', '-c', 'stty raw -echo; cat "$0" >/dev/null; exec cat', gate.path]

/** Prints for ever. */
export const endless: readonly string[] = [
  'sh',
  '-c',
  'stty raw -echo; exec yes 0123456789012345678901234567890123456789012345678901234567890123456789',
]

/** A file of numbered lines, 100 bytes each; made once. */
export const lines = async (mebibytes: number): Promise<{ path: string; bytes: number }> => {
  const directory = join(tmpdir(), 'sallyport-bench')
  mkdirSync(directory, { recursive: true })
  const path = join(directory, `lines-${mebibytes}.txt`)
  const bytes = Math.floor((mebibytes * 1024 * 1024) / 100) * 100
  if (!existsSync(path) || statSync(path).size !== bytes) {
    const file = createWriteStream(path)
    for (let line = 0; line < bytes / 100; line += 1000) {
      const count = Math.min(1000, bytes / 100 - line)
      const block = Array.from({ length: count }, (_, index) => `${String(line + index).padEnd(98, '.')}\r\n`).join('')
      if (!file.write(block)) await once(file, 'drain')
    }
    file.end()
    await finished(file)
  }
  return { path, bytes }
}
