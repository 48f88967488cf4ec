import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Holds a program until everybody watches, by a named pipe. Not by a key: one typed before the program has switched the echo off is printed, and every
 * byte after it is at another place than in the file. Nor by a greeting: a server without a log shows it to nobody who comes later.
 */
export interface Gate {
  /** For the shell: `cat "$path" >/dev/null` waits here. */
  readonly path: string
  /** Resolves when the program waits at the gate. */
  reached(): Promise<void>
  /** Lets it go on. */
  open(): Promise<void>
}

export const createGate = (): Gate => {
  const path = join(tmpdir(), `sallyport-bench-gate-${randomUUID()}`)
  const made = spawnSync('mkfifo', ['-m', '600', path], { encoding: 'utf8' })
  if (made.status !== 0) throw new Error(made.stderr)
  let held: FileHandle | undefined
  return {
    path,
    reached: async () => {
      // Opening a pipe for writing waits for a reader.
      held = await open(path, 'w')
      await unlink(path)
    },
    open: async () => held?.close(),
  }
}
