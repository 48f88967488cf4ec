import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type SessionLogLimits, sessionLogLimits } from './limits.ts'
import { openSessionLog, type SessionLogReader } from './session-log-reader.ts'
import { createSessionLogWriter, type SessionLogWriter } from './session-log-writer.ts'
import type { RecordingState } from './types.ts'

/** Removed after the test, behind whatever the test itself has registered since: last in, first out. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'session-log-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

export type TestLog = {
  readonly directory: string
  readonly writer: SessionLogWriter
  readonly clock: { at: number; now(): number }
  readonly recordings: RecordingState[]
  readonly backlogs: boolean[]
}

/** A writer on a real directory, with a clock that stands still until the test moves it. */
export async function testLog(
  options: { directory?: string; limits?: Partial<SessionLogLimits> } = {},
): Promise<TestLog> {
  const directory = options.directory ?? join(await temporaryDirectory(), 'session')
  const clock = {
    at: 1_700_000_000_000,
    now() {
      return this.at
    },
  }
  const recordings: RecordingState[] = []
  const backlogs: boolean[] = []
  const writer = await createSessionLogWriter({
    directory,
    limits: { ...sessionLogLimits(0), flushDelayMs: 0, resumeMarginBytes: 0, ...options.limits },
    clock,
    onRecording: (state) => recordings.push(state),
    onBacklog: (full) => backlogs.push(full),
  })
  return { directory, writer, clock, recordings, backlogs }
}

export type Piece = Buffer | { readonly from: number; readonly to: number; readonly reason: string }

/** The whole log from `offset` on, gaps included, read in pieces of `maxBytes`. */
export async function readAll(reader: SessionLogReader, offset = 0, maxBytes = 65_536): Promise<Piece[]> {
  const pieces: Piece[] = []
  for (let at = offset; ; ) {
    const read = await reader.read(at, maxBytes)
    if (read.kind === 'end') return pieces
    if (read.kind === 'gap') {
      pieces.push({ from: read.from, to: read.to, reason: read.reason })
      at = read.to
    } else {
      pieces.push(read.bytes)
      at += read.bytes.length
    }
  }
}

export async function readBytes(directory: string, offset = 0): Promise<Buffer> {
  const reader = await openSessionLog(directory)
  const pieces = await readAll(reader, offset)
  await reader.close()
  return Buffer.concat(pieces.filter((piece) => Buffer.isBuffer(piece)))
}

export async function readGaps(directory: string): Promise<Piece[]> {
  const reader = await openSessionLog(directory)
  const pieces = await readAll(reader)
  await reader.close()
  return pieces.filter((piece) => !Buffer.isBuffer(piece))
}
