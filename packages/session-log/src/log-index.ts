import type { IndexRecord } from './index-record.ts'
import type { ExitStatus, TerminalSize } from './types.ts'

type Placed = { readonly offset: number }
type TimeMark = Placed & { readonly atMs: number }
type SizeMark = Placed & TerminalSize

/** What a time mark stands for where nothing was thinned: the writer's `timeMarkIntervalMs`. */
const UNTHINNED_SPAN_MS = 1000

/** The index of one log in memory, as lookups. Fed with records in the order of the file. */
export class LogIndex {
  #times: TimeMark[] = []
  #sizes: SizeMark[] = []
  #cuts = new Map<number, number>()
  #span = { beforeOffset: 0, spanMs: UNTHINNED_SPAN_MS }
  #exit: { readonly offset: number; readonly exit: ExitStatus } | undefined
  #endOffset: number | undefined

  get exit(): ExitStatus | undefined {
    return this.#exit?.exit
  }

  get complete(): boolean {
    return this.#endOffset !== undefined
  }

  get hasTimes(): boolean {
    return this.#times.length > 0
  }

  /** The farthest offset that the index promises: the stream got there, with its bytes on disk or in a cut. */
  get promisedEnd(): number {
    let end = Math.max(this.#endOffset ?? 0, this.#exit?.offset ?? 0)
    for (const [from, to] of this.#cuts) end = Math.max(end, Number.isFinite(to) ? to : from)
    return end
  }

  /** Start of the cut that never ended, if the last word was "paused". */
  get pausedFrom(): number | undefined {
    for (const [from, to] of this.#cuts) if (to === Number.POSITIVE_INFINITY) return from
    return undefined
  }

  add(record: IndexRecord): void {
    switch (record.type) {
      case 'time':
        placeInOrder(this.#times, { offset: record.offset, atMs: record.atMs })
        break
      case 'size':
        placeInOrder(this.#sizes, { offset: record.offset, cols: record.cols, rows: record.rows })
        break
      case 'cut':
        this.#cuts.set(record.offset, record.toOffset)
        break
      case 'exit':
        this.#exit = { offset: record.offset, exit: record.exit }
        break
      case 'end':
        this.#endOffset = record.offset
        break
      case 'span':
        this.#span = { beforeOffset: record.offset, spanMs: record.spanMs }
        break
    }
  }

  /** The cut around or behind `offset` that starts first, within [offset, limit). */
  cutWithin(offset: number, limit: number): { readonly from: number; readonly to: number } | undefined {
    let first: { from: number; to: number } | undefined
    for (const [from, to] of this.#cuts) {
      const clipped = { from: Math.max(from, offset), to: Math.min(to, limit) }
      if (clipped.from < clipped.to && (first === undefined || clipped.from < first.from)) first = clipped
    }
    return first
  }

  timeAt(offset: number): number | undefined {
    return (lastUpTo(this.#times, offset) ?? this.#times[0])?.atMs
  }

  sizeAt(offset: number): TerminalSize | undefined {
    const mark = lastUpTo(this.#sizes, offset) ?? this.#sizes[0]
    return mark && { cols: mark.cols, rows: mark.rows }
  }

  /**
   * Where to start reading so as to miss nothing that was printed at `timeMs` or later; undefined when all of it was
   * earlier. Up to one mark's span (a second, more in a thinned index) of earlier output can come with it.
   */
  offsetAt(timeMs: number): number | undefined {
    // Not a binary search: marks go back in time where the clock was set back.
    const next = this.#times.findIndex((mark) => mark.atMs >= timeMs)
    const before = next === -1 ? this.#times.at(-1) : this.#times[next - 1]
    if (before !== undefined) {
      const spanMs = before.offset < this.#span.beforeOffset ? this.#span.spanMs : UNTHINNED_SPAN_MS
      if (timeMs < before.atMs + spanMs) return before.offset
    }
    return next === -1 ? undefined : this.#times[next]?.offset
  }
}

function placeInOrder<M extends Placed>(marks: M[], mark: M): void {
  const last = marks.at(-1)
  if (last === undefined || last.offset < mark.offset) marks.push(mark)
  else if (last.offset === mark.offset) marks[marks.length - 1] = mark
  // A mark that goes back is not from our writer: its checksum is right by chance (2^-32), its place is unknown.
}

function lastUpTo<M extends Placed>(marks: readonly M[], offset: number): M | undefined {
  let low = 0
  let high = marks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const mark = marks[middle]
    if (mark !== undefined && mark.offset <= offset) low = middle + 1
    else high = middle
  }
  return marks[low - 1]
}
