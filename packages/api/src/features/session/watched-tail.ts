import { ByteTail } from '@sallyport/session-log/byte-tail'
import type { Clock } from '../../api-dependencies.ts'
import type { KeeperPort } from '../../keeper-port.ts'
import { createSharedReads, type SharedReads } from './shared-reads.ts'

/** SPEC O4: what the keeper keeps in memory as well. A viewer less than this behind never touches the disk. */
const TAIL_BYTES = 1024 * 1024
/** The precision of `at`, as in the log. */
const TIME_MARK_INTERVAL_MS = 1000

/** The end of a session's output in memory, fed by one watch at the keeper and shared by all its viewers. */
export interface LiveTail {
  /** First and last offset in memory; equal until the keeper has pushed something. */
  readonly start: number
  readonly end: number
  /** The keeper has said where the end is: from then on `end` is to be believed. */
  readonly isPlaced: boolean
  /** No byte will come through this tail any more: the output is complete, or its keeper is gone. What is left is in the log. */
  readonly isClosed: boolean
  /** Bytes at `offset`, never empty; undefined when they are not in memory. Viewers in step get the same Buffer. */
  read(offset: number, maxBytes: number): { readonly bytes: Buffer; readonly at: number } | undefined
  /** Of what is behind this tail, on disk. */
  readonly disk: SharedReads
  /** Watches anew from `offset`, which lies in a hole between disk and memory: the keeper pushes what it still has. */
  rewatch(offset: number): void
  /** Called on every change; must not throw. Returns the way to stop it. */
  onAdvance(listener: () => void): () => void
}

export interface TailDependencies {
  readonly keeper: KeeperPort
  readonly clock: Clock
  onEnd(id: string, end: number): void
}

export class WatchedTail implements LiveTail {
  readonly #deps: TailDependencies
  readonly #id: string
  readonly #listeners = new Set<() => void>()
  #bytes: ByteTail
  #marks: { offset: number; at: number }[] = []
  #watch: { stop(): void } | undefined
  #isPlaced = false
  #isClosed = false
  #resolveClosed: () => void = () => undefined
  readonly closed: Promise<void>
  readonly disk = createSharedReads()
  /** The last read: ten viewers in step ask for the same bytes, and a read across chunks costs a copy. */
  #last: { readonly offset: number; readonly bytes: Buffer } | undefined

  /**
   * The watch starts where the disk ends. The keeper answers with all that it has in memory from there on, and it lets go of no byte before that is on
   * disk (or given up, while recording is paused). So every byte is on disk, or comes through the watch, or is in both.
   */
  constructor(deps: TailDependencies, id: string, diskEnd: number) {
    this.#deps = deps
    this.#id = id
    this.#bytes = new ByteTail(TAIL_BYTES, diskEnd)
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#begin(diskEnd)
  }

  get start(): number {
    return this.#bytes.start
  }

  get end(): number {
    return this.#bytes.end
  }

  get isPlaced(): boolean {
    return this.#isPlaced
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  read(offset: number, maxBytes: number): { bytes: Buffer; at: number } | undefined {
    const wantedBytes = Math.min(maxBytes, this.end - offset)
    const last = this.#last
    if (last?.offset === offset && last.bytes.length >= wantedBytes) {
      return { bytes: last.bytes.subarray(0, wantedBytes), at: this.#timeAt(offset) }
    }
    const bytes = this.#bytes.readFrom(offset, maxBytes)
    if (bytes === undefined || bytes.length === 0) return undefined
    this.#last = { offset, bytes }
    return { bytes, at: this.#timeAt(offset) }
  }

  rewatch(offset: number): void {
    if (this.#isClosed) return
    this.#watch?.stop()
    this.#restart(offset)
    this.#begin(offset)
  }

  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watch?.stop()
    this.#resolveClosed()
    this.#tell()
  }

  #begin(from: number): void {
    let stopped = false
    const live = (act: () => void) => {
      if (!stopped) act()
    }
    const watch = this.#deps.keeper.watch(this.#id, from, {
      onBytes: (offset, bytes) => live(() => this.#push(offset, bytes)),
      onTip: (offset) => live(() => this.#place(offset)),
      onComplete: (offset) =>
        live(() => {
          this.#place(offset)
          this.close()
        }),
    })
    this.#watch = {
      stop: () => {
        stopped = true
        watch.stop()
      },
    }
    // A port may answer within `watch`: closed in there means that this watch is over already.
    if (this.#isClosed) this.#watch.stop()
  }

  #push(offset: number, bytes: Buffer): void {
    // The keeper skipped: its stream to us was full. What is missing is in the log.
    if (offset > this.end) this.#restart(offset)
    // After a reconnect the first frame may begin before what we have.
    const fresh = bytes.subarray(this.end - offset)
    if (fresh.length === 0) return
    this.#mark(this.end)
    this.#bytes.push(fresh)
    this.#advance()
  }

  #place(offset: number): void {
    if (offset > this.end) this.#restart(offset)
    this.#isPlaced = true
    this.#advance()
  }

  #restart(offset: number): void {
    this.#bytes = new ByteTail(TAIL_BYTES, offset)
    this.#marks = []
    this.#last = undefined
  }

  #advance(): void {
    this.#deps.onEnd(this.#id, this.end)
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  #mark(offset: number): void {
    const at = this.#deps.clock.now()
    const last = this.#marks.at(-1)
    if (last !== undefined && Math.abs(at - last.at) < TIME_MARK_INTERVAL_MS) return
    this.#marks.push({ offset, at })
    while ((this.#marks[1]?.offset ?? Number.POSITIVE_INFINITY) <= this.start) this.#marks.shift()
  }

  #timeAt(offset: number): number {
    return this.#marks.findLast((mark) => mark.offset <= offset)?.at ?? this.#deps.clock.now()
  }
}
