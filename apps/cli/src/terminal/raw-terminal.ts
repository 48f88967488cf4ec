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
    process.off('SIGCONT', resume)
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
  // The shell took the terminal while we were stopped. libuv does not set a mode that it believes to be set.
  const resume = (): void => {
    terminal.stdin.setRawMode(false)
    terminal.stdin.setRawMode(true)
  }
  process.once('exit', restore)
  process.on('SIGCONT', resume)
  for (const signal of endingSignals) process.once(signal, onSignal)
  terminal.stdin.setRawMode(true)
  return { restore }
}
