import { mkdir } from 'node:fs/promises'
import { ByteRope } from './byte-rope.ts'
import { ByteTail } from './byte-tail.ts'
import { DiskGuard, hasPassed } from './disk-guard.ts'
import { pausedBy } from './disk-trouble.ts'
import { FlushLoop } from './flush-loop.ts'
import { IndexFile } from './index-file.ts'
import { DIRECTORY_MODE } from './layout.ts'
import type { SessionLogLimits } from './limits.ts'
import { repairSessionLog } from './repair.ts'
import { SegmentWriter } from './segment-writer.ts'
import { openSessionLog } from './session-log-reader.ts'
import { type Clock, type ExitStatus, type RecordingState, SessionLogError, type TerminalSize } from './types.ts'

export type SessionLogWriterOptions = {
  /** Of this session alone. Created 0700 when missing. */
  readonly directory: string
  readonly limits: SessionLogLimits
  readonly clock: Clock
  /** Called when recording pauses and when it resumes. Must not throw. */
  readonly onRecording: (state: RecordingState) => void
  /** True: the log has fallen behind, hold the terminal back. False: it has caught up. Must not throw. */
  readonly onBacklog: (full: boolean) => void
}

/**
 * Opens the log of a session for writing; one writer per directory. A directory that a dead writer left is repaired and
 * continued. Rejects with SessionLogError when the directory cannot be used or the log is already complete.
 */
export async function createSessionLogWriter(options: SessionLogWriterOptions): Promise<SessionLogWriter> {
  const { directory, limits } = options
  const index = new IndexFile(directory)
  const segments = new SegmentWriter(directory, limits)
  try {
    await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE })
    await repairSessionLog(directory)
    const reader = await openSessionLog(directory)
    const { end, complete, pausedFrom } = await reader.info()
    await reader.close()
    if (complete) throw new Error('this log is complete')
    if (pausedFrom !== undefined) index.add({ type: 'cut', offset: pausedFrom, toOffset: end })
    await segments.adopt()
    await index.reopen()
    return new SessionLogWriter(options, { index, segments, startOffset: end })
  } catch (error) {
    await index.close()
    throw new SessionLogError(`The log in ${directory} cannot be written: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

type Files = { readonly index: IndexFile; readonly segments: SegmentWriter; readonly startOffset: number }

/**
 * Takes the output of one session, keeps its last megabyte in memory and brings it to disk with one write in flight.
 * Whatever the disk does, `append` returns at once and does not throw: recording pauses, the session goes on.
 * Bytes are stored as they come, so whoever masks secrets does it before `append`.
 */
export class SessionLogWriter {
  /** The last `limits.tailBytes` of output, recorded or not. */
  readonly tail: ByteTail
  readonly #options: SessionLogWriterOptions
  readonly #limits: SessionLogLimits
  readonly #index: IndexFile
  readonly #segments: SegmentWriter
  readonly #guard: DiskGuard
  readonly #loop: FlushLoop
  /** What is still to be written. It starts at the offset up to which the log is done. */
  readonly #queue: ByteRope
  #recording: RecordingState = { recording: true }
  /** Start of the cut that is open while recording is paused. */
  #cutFrom: number | undefined
  /** While paused: whether the queue collects bytes for an attempt to resume. */
  #attempting = false
  #lastAttemptAt = Number.NEGATIVE_INFINITY
  #lastTimeMarkAt = Number.NEGATIVE_INFINITY
  #size: (TerminalSize & { readonly offset: number }) | undefined
  #exit: ExitStatus | undefined
  #backlogFull = false
  #closing = false
  #closed: Promise<void> | undefined

  /** Use `createSessionLogWriter`. */
  constructor(options: SessionLogWriterOptions, files: Files) {
    this.#options = options
    this.#limits = options.limits
    this.#index = files.index
    this.#segments = files.segments
    this.#guard = new DiskGuard(options.directory, options.limits)
    this.#loop = new FlushLoop({
      flushBytes: options.limits.flushBytes,
      flushDelayMs: options.limits.flushDelayMs,
      waitingBytes: () => this.#queue.byteLength,
      // Marks that came during a write. While paused they wait for the resume instead of trying a full disk in a circle.
      hasWork: () => this.#queue.byteLength > 0 || (this.#recording.recording && this.#index.hasWaiting),
      flushOnce: () => this.#flushOnce(),
    })
    this.#queue = new ByteRope(files.startOffset)
    this.tail = new ByteTail(options.limits.tailBytes, files.startOffset)
  }

  /** Offset after the last byte that was appended. */
  get end(): number {
    return this.tail.end
  }

  /** Accepted, and neither on disk nor given up yet. */
  get backlogBytes(): number {
    return this.#queue.byteLength
  }

  /** Everything below is on disk or will never be. While recording is paused it stands at the start of the cut. */
  get writtenOffset(): number {
    return this.#cutFrom ?? this.#queue.start
  }

  get recording(): RecordingState {
    return this.#recording
  }

  /** Takes ownership of `bytes`, which must be masked already. Returns the offset after them. */
  append(bytes: Buffer): number {
    if (this.#closing) throw new Error('append to a session log that was closed')
    if (bytes.length === 0) return this.end
    const offset = this.end
    this.tail.push(bytes)
    if (!this.#recording.recording && !this.#attempting && !this.#startAttempt(offset)) return this.end
    // While paused the resume marks the time: attempts that fail must leave nothing behind.
    if (this.#recording.recording) this.#markTime(offset)
    this.#queue.push(bytes)
    this.#reportBacklog()
    this.#loop.request()
    return this.end
  }

  /** The terminal has this size from the next byte on. */
  markSize(cols: number, rows: number): void {
    const size = { offset: this.end, cols, rows }
    // While paused only the last one counts, and it waits for the resume: the index must not grow on a full disk.
    if (!this.#recording.recording) this.#size = size
    else {
      this.#index.add({ type: 'size', ...size })
      this.#loop.request()
    }
  }

  /** How the process ended. Written behind the last byte when the log is closed. */
  markExit(exit: ExitStatus): void {
    this.#exit = exit
  }

  /** Resolves when what was appended or marked so far is on disk, or given up because recording is paused. */
  async flush(): Promise<void> {
    await this.#loop.drain()
    if (this.#closing) await this.close()
  }

  /**
   * Writes what waits, how the session ended, and that the log is complete. Never rejects for disk trouble; where the
   * disk refuses to the end, the log stays incomplete and says so to its readers.
   *
   * No fsync, here or anywhere: a killed process loses nothing that it wrote, only a power cut does, and that ends every
   * session too. An fsync per session end would stall the writes of all others behind it, on the same thread pool.
   */
  close(): Promise<void> {
    this.#closing = true
    this.#closed ??= this.#finish()
    return this.#closed
  }

  async #finish(): Promise<void> {
    await this.#loop.stop()
    while (this.#queue.byteLength > 0) await this.#flushOnce()
    try {
      if (this.#cutFrom !== undefined) await this.#index.reopen()
      this.#addClosingRecords()
      await this.#index.flush()
    } catch (error) {
      this.#pause(error)
    }
    await this.#closeFiles()
  }

  #addClosingRecords(): void {
    const offset = this.end
    if (this.#cutFrom !== undefined) this.#index.add({ type: 'cut', offset: this.#cutFrom, toOffset: offset })
    if (this.#exit !== undefined) this.#index.add({ type: 'exit', offset, exit: this.#exit })
    this.#index.add({ type: 'end', offset, atMs: this.#options.clock.now() })
  }

  /** One write of as much as waits and fits. Never rejects: trouble becomes the paused state. */
  async #flushOnce(): Promise<void> {
    try {
      if (this.#attempting) await this.#prepareResume()
      else if (this.#recording.recording) await this.#checkDisk()
      // Marks before the bytes they mark, or a reader could see bytes without their time.
      await this.#index.flush()
      if (this.#queue.byteLength > 0) await this.#writeQueue()
      if (this.#index.hasWaiting) await this.#index.flush()
      if (this.#index.recordCount > this.#limits.maxIndexRecords) await this.#compactIndex()
    } catch (error) {
      this.#pause(error)
      await this.#closeFiles()
    }
    this.#reportBacklog()
  }

  async #writeQueue(): Promise<void> {
    const start = this.#queue.start
    if (this.#segments.room === 0 && (await this.#segments.begin(start))) await this.#compactIndex()
    const bytesWritten = await this.#segments.write(this.#queue.slices(start, this.#segments.room))
    this.#queue.dropBefore(start + bytesWritten)
    this.#guard.wrote(bytesWritten)
    if (this.#cutFrom !== undefined) this.#resume(this.#cutFrom, start)
  }

  async #compactIndex(): Promise<void> {
    const { maxIndexRecords, timeMarkIntervalMs } = this.#limits
    const startOffset = this.#segments.firstOffset ?? this.#queue.start
    await this.#index.compact({ startOffset, maxRecords: maxIndexRecords, timeMarkIntervalMs })
  }

  async #checkDisk(): Promise<void> {
    const now = this.#options.clock.now()
    if (!this.#guard.isDue(now)) return
    await this.#guard.check(now, 0)
    if (!(await this.#segments.isLinked())) throw new Error(`the files in ${this.#options.directory} were removed`)
  }

  /** New output while paused: time for another attempt? The queue then collects from `offset` on. */
  #startAttempt(offset: number): boolean {
    const now = this.#options.clock.now()
    // A flush that just failed is still closing its files: the next output will do.
    if (this.#loop.isRunning || !hasPassed(this.#lastAttemptAt, now, this.#limits.resumeIntervalMs)) return false
    this.#lastAttemptAt = now
    this.#attempting = true
    this.#queue.restartAt(offset)
    return true
  }

  async #prepareResume(): Promise<void> {
    await this.#guard.check(this.#options.clock.now(), this.#limits.resumeMarginBytes)
    await this.#index.reopen()
  }

  #resume(cutFrom: number, offset: number): void {
    this.#index.add({ type: 'cut', offset: cutFrom, toOffset: offset })
    this.#markTime(offset)
    if (this.#size !== undefined) this.#index.add({ type: 'size', ...this.#size })
    this.#size = undefined
    this.#cutFrom = undefined
    this.#attempting = false
    this.#recording = { recording: true }
    this.#options.onRecording(this.#recording)
  }

  /** Gives up what waits for the disk, so that a full disk never holds a terminal back. It stays in the tail. */
  #pause(error: unknown): void {
    const before = this.#recording
    this.#lastAttemptAt = this.#options.clock.now()
    this.#attempting = false
    if (this.#cutFrom === undefined) {
      this.#cutFrom = this.#queue.start
      this.#index.add({ type: 'cut', offset: this.#cutFrom, toOffset: Number.POSITIVE_INFINITY })
    }
    this.#queue.restartAt(this.end)
    const paused = pausedBy(error, this.#options.directory, this.#limits)
    this.#recording = paused
    if (before.recording || before.reason !== paused.reason) this.#options.onRecording(paused)
  }

  /** Errors here have nothing to add: either all is written, or recording is paused already and its reason told. */
  async #closeFiles(): Promise<void> {
    if (!this.#closing) await Promise.allSettled([this.#index.flush()])
    await Promise.allSettled([this.#index.close(), this.#segments.end()])
  }

  #markTime(offset: number): void {
    const now = this.#options.clock.now()
    if (!hasPassed(this.#lastTimeMarkAt, now, this.#limits.timeMarkIntervalMs)) return
    this.#lastTimeMarkAt = now
    this.#index.add({ type: 'time', offset, atMs: now })
  }

  #reportBacklog(): void {
    const { backlogHighBytes, backlogLowBytes } = this.#limits
    const full = this.#queue.byteLength >= (this.#backlogFull ? backlogLowBytes : backlogHighBytes)
    if (full === this.#backlogFull) return
    this.#backlogFull = full
    this.#options.onBacklog(full)
  }
}
