import { join } from 'node:path'
import { openSessionLog, type SessionLogReader } from '@sallyport/session-log/session-log-reader'
import type { GapReason, LogRead } from '@sallyport/session-log/types'
import { AppError } from '../../errors.ts'
import type { LiveTails } from './live-tail.ts'
import type { SessionEntry } from './session-record.ts'
import type { LiveTail } from './watched-tail.ts'

export type CursorRead =
  | { readonly kind: 'bytes'; readonly offset: number; readonly bytes: Uint8Array; readonly at: number }
  | { readonly kind: 'gap'; readonly from: number; readonly to: number; readonly reason: GapReason }
  /** At the end of what there is; `onAdvance` tells when to ask again. */
  | { readonly kind: 'wait' }
  /** At the end, and nothing will follow. */
  | { readonly kind: 'end' }

/** SPEC O1: `read(session, offset)`, from memory or from disk; live view, replay, resume, logs and download are this at another offset. */
export interface OutputCursor {
  readonly log: SessionLogReader
  /** The last offset that is known right now. */
  end(): number
  /** At once where memory answers: a stream that keeps up waits for nothing on its way to the socket. */
  read(offset: number, maxBytes: number): CursorRead | Promise<CursorRead>
  /** Resolves when `end` is the keeper's word and not only the disk's; after a second without that, the disk's has to do. */
  placed(): Promise<void>
  /** Called when `read` may have more to say; must not throw. */
  onAdvance(listener: () => void): () => void
  close(): Promise<void>
}

/** The keeper answers a watch at once; this is for one that is just being restarted. */
const PLACED_TIMEOUT_MS = 1000

export const sessionLogDirectory = (dataDir: string, id: string): string => join(dataDir, 'sessions', id)

interface CursorDependencies {
  readonly dataDir: string
  readonly tails: LiveTails
  readonly sessions: { readonly entries: ReadonlyMap<string, SessionEntry> }
}

/** Watches the session at the keeper while it may still print. The caller closes it on every path. */
export const openOutputCursor = async (deps: CursorDependencies, id: string): Promise<OutputCursor> => {
  const unreadable = (cause: unknown): never => {
    if (!deps.sessions.entries.has(id)) throw new AppError('not_found', 'This session was removed.', { cause })
    throw new AppError('unavailable', 'The output of this session cannot be read. Was its log removed?', { cause })
  }
  const log = await openSessionLog(sessionLogDirectory(deps.dataDir, id)).catch(unreadable)
  try {
    // The disk's end first, the watch from there: what is printed in between comes with the watch.
    const diskEnd = (await log.info()).end
    // Asked after the last wait: a watch of a session that the keeper was told to forget meanwhile would never say that it is over.
    const isComplete = deps.sessions.entries.get(id)?.complete ?? true
    return new Cursor(log, isComplete ? undefined : deps.tails.acquire(id, diskEnd), diskEnd, unreadable)
  } catch (error) {
    await log.close()
    throw error
  }
}

class Cursor implements OutputCursor {
  readonly log: SessionLogReader
  readonly #unreadable: (cause: unknown) => never
  readonly #held: { readonly tail: LiveTail; release(): void } | undefined
  readonly #tail: LiveTail | undefined
  #diskEnd: number
  /** Where a hole was asked about already. */
  #rewatchedAt = -1

  constructor(
    log: SessionLogReader,
    held: { readonly tail: LiveTail; release(): void } | undefined,
    diskEnd: number,
    unreadable: (cause: unknown) => never,
  ) {
    this.#unreadable = unreadable
    this.log = log
    this.#held = held
    this.#tail = held?.tail
    this.#diskEnd = diskEnd
  }

  end(): number {
    return Math.max(this.#diskEnd, this.#tail?.end ?? 0)
  }

  read(offset: number, maxBytes: number): CursorRead | Promise<CursorRead> {
    const tail = this.#tail
    const live = tail?.read(offset, maxBytes)
    if (live !== undefined) return { kind: 'bytes', offset, ...live }
    if (tail !== undefined && !tail.isClosed && offset >= tail.end) return { kind: 'wait' }
    return this.#readBehind(offset, maxBytes)
  }

  async #readBehind(offset: number, maxBytes: number): Promise<CursorRead> {
    const tail = this.#tail
    // Asked before the disk is: what the tail gains meanwhile is no reason to call the disk's end the end.
    const wasClosed = tail === undefined || tail.isClosed
    const stored = await this.#readDisk(offset, maxBytes).catch(this.#unreadable)
    if (stored.kind === 'bytes') {
      this.#diskEnd = Math.max(this.#diskEnd, offset + stored.bytes.length)
      return stored
    }
    if (stored.kind === 'gap') return this.#gap(stored.from, stored.to, stored.reason)
    if (wasClosed) return this.#afterDisk(offset)
    return this.#hole(offset)
  }

  #readDisk(offset: number, maxBytes: number): Promise<LogRead> {
    const read = (at: number, most: number) => this.log.read(at, most)
    return this.#tail?.disk.read(offset, maxBytes, read) ?? read(offset, maxBytes)
  }

  placed(): Promise<void> {
    const tail = this.#tail
    if (tail === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const check = () => {
        if (tail.isPlaced || tail.isClosed) finish()
      }
      const finish = () => {
        clearTimeout(timer)
        stop()
        resolve()
      }
      const timer = setTimeout(finish, PLACED_TIMEOUT_MS)
      const stop = tail.onAdvance(check)
      check()
    })
  }

  onAdvance(listener: () => void): () => void {
    return this.#tail?.onAdvance(listener) ?? (() => undefined)
  }

  async close(): Promise<void> {
    this.#held?.release()
    await this.log.close()
  }

  /** What is not recorded may still be in memory: live viewing goes on while recording is paused (O4). */
  #gap(from: number, to: number, reason: GapReason): CursorRead {
    const start = this.#tail?.start ?? 0
    const memory = this.#tail !== undefined && start > from && this.#tail.end > start ? start : to
    return { kind: 'gap', from, to: Math.min(to, memory), reason }
  }

  /** The disk has no more and the tail is closed: what was never recorded may still be in memory. */
  #afterDisk(offset: number): CursorRead {
    const start = this.#tail?.start ?? 0
    return offset < start ? { kind: 'gap', from: offset, to: start, reason: 'paused' } : { kind: 'end' }
  }

  /** Neither on disk nor in memory, though it was printed: ask the keeper once, then it is lost to the log (recording was paused). */
  #hole(offset: number): CursorRead {
    const tail = this.#tail
    if (tail === undefined || offset >= tail.start) return { kind: 'wait' }
    if (this.#rewatchedAt === offset) return { kind: 'gap', from: offset, to: tail.start, reason: 'paused' }
    this.#rewatchedAt = offset
    tail.rewatch(offset)
    return { kind: 'wait' }
  }
}
