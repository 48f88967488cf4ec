import { writeSync } from 'node:fs'
import { constants } from 'node:os'

const endingSignals = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'] as const

export interface RawTerminal {
  /** Once; further calls do nothing. */
  restore(): void
}

/**
 * Raw mode until `restore()`, or until this process ends in whatever way it can still notice: return, error, uncaught error, signal. `undo` gives
 * the sequences that take back what was drawn.
 */
export const enterRawMode = (
  terminal: { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream & { readonly fd: number } },
  undo: () => string,
): RawTerminal => {
  let restored = false
  const restore = (): void => {
    if (restored) return
    restored = true
    process.off('exit', restore)
    for (const signal of endingSignals) process.off(signal, onSignal)
    try {
      // At exit nothing asynchronous is written any more.
      writeSync(terminal.stdout.fd, undo())
      terminal.stdin.setRawMode(false)
    } catch (cause) {
      // The terminal itself is gone (SIGHUP): there is nothing left to restore.
      const { code } = cause as NodeJS.ErrnoException
      if (code !== 'EIO' && code !== 'EBADF' && code !== 'ENXIO' && code !== 'EAGAIN') throw cause
    }
  }
  const onSignal = (signal: (typeof endingSignals)[number]): void => {
    restore()
    process.exit(128 + constants.signals[signal])
  }
  process.once('exit', restore)
  for (const signal of endingSignals) process.once(signal, onSignal)
  terminal.stdin.setRawMode(true)
  return { restore }
}
