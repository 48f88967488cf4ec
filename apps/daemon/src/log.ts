import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import type { Log } from '@sallyport/api/api-dependencies'

/** Where finished lines go. */
export interface LogSink {
  write(line: string): void
}

type Level = 'info' | 'warn' | 'error'

/** C0, DEL, C1, line separators and bidi overrides: a value that came from outside must not start a line or move the cursor of who reads the log. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
export const escapeUnprintable = (text: string): string =>
  text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

const MAX_VALUE_CHARACTERS = 2000

const showValue = (value: unknown): string => {
  // The stack is for the log only; answers carry sentences.
  const text =
    value instanceof Error ? (value.stack ?? value.message) : typeof value === 'string' ? value : JSON.stringify(value)
  const shown = (text ?? 'undefined').slice(0, MAX_VALUE_CHARACTERS)
  return /^[\w./:@+-]+$/.test(shown) ? shown : `"${escapeUnprintable(shown).replaceAll('"', "'")}"`
}

/** One line an event: `2026-11-21T10:00:00.000Z info message key=value`. */
export const createLog = (sink: LogSink, now: () => number): Log => {
  const write = (level: Level, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${showValue(value)}`)
      .join('')
    sink.write(`${new Date(now()).toISOString()} ${level} ${escapeUnprintable(message)}${rest}\n`)
  }
  return {
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  }
}

/** Synchronous, so that the last words of a daemon that is about to exit are written. */
export const stderrSink: LogSink = { write: (line) => void writeSync(2, line) }

/**
 * A log file of at most two times `maxBytes`: when it is full it becomes `<path>.1`, replacing the one before.
 * @throws when the file cannot be opened; a write that fails later (disk full) goes to stderr instead, the daemon goes on.
 */
export const openLogFile = (path: string, maxBytes: number): LogSink => {
  let fd = openSync(path, 'a', 0o600)
  let size = fstatSync(fd).size
  const rotate = (): void => {
    closeSync(fd)
    renameSync(path, `${path}.1`)
    fd = openSync(path, 'a', 0o600)
    size = 0
  }
  return {
    write: (line) => {
      try {
        if (size + line.length > maxBytes) rotate()
        size += writeSync(fd, line)
      } catch (error) {
        writeSync(2, `${line}the log file cannot be written: ${(error as Error).message}\n`)
      }
    },
  }
}
