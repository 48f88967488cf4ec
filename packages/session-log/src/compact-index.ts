import type { IndexRecord } from './index-record.ts'

export type CompactionOptions = {
  /** First offset still on disk. */
  readonly startOffset: number
  readonly maxRecords: number
  readonly timeMarkIntervalMs: number
}

type Mark = Extract<IndexRecord, { type: 'time' | 'size' }>

/**
 * What an index still has to say once output before `startOffset` is gone. The last time and size before it stay, they
 * hold for the first byte that is left. When that is more than half of `maxRecords`, every second time goes, again and
 * again over a long life: the older the output, the coarser its times, but it always has some.
 */
export function compactRecords(records: readonly IndexRecord[], options: CompactionOptions): IndexRecord[] {
  const { startOffset, maxRecords, timeMarkIntervalMs } = options
  const times = fromLastBefore(ofType(records, 'time'), startOffset)
  const sizes = fromLastBefore(lastPerOffset(ofType(records, 'size')), startOffset)
  const cuts = lastPerOffset(ofType(records, 'cut')).filter((cut) => cut.toOffset > startOffset)
  const closing = records.filter((record) => record.type === 'exit' || record.type === 'end')
  const oldSpan = ofType(records, 'span').at(-1)

  const roomForMarks = Math.max(4, Math.floor(maxRecords / 2) - cuts.length - closing.length - 1)
  let keptTimes = times
  let spanMs = oldSpan?.spanMs ?? timeMarkIntervalMs
  while (keptTimes.length > roomForMarks / 2) {
    keptTimes = everySecond(keptTimes)
    spanMs *= 2
  }
  const keptSizes = sizes.slice(-Math.floor(roomForMarks / 2))

  const thinnedBefore = keptTimes.length < times.length ? (times.at(-1)?.offset ?? 0) + 1 : (oldSpan?.offset ?? 0)
  const span: IndexRecord[] = spanMs > timeMarkIntervalMs ? [{ type: 'span', offset: thinnedBefore, spanMs }] : []
  const placed = [...keptTimes, ...keptSizes, ...cuts].sort((a, b) => a.offset - b.offset)
  return [...span, ...placed, ...closing]
}

function ofType<T extends IndexRecord['type']>(
  records: readonly IndexRecord[],
  type: T,
): Extract<IndexRecord, { type: T }>[] {
  return records.filter((record): record is Extract<IndexRecord, { type: T }> => record.type === type)
}

function fromLastBefore<M extends Mark>(marks: M[], startOffset: number): M[] {
  const firstInside = marks.findIndex((mark) => mark.offset > startOffset)
  if (firstInside === -1) return marks.slice(-1)
  return marks.slice(Math.max(0, firstInside - 1))
}

/** A later record at the same offset replaces an earlier one: a window dragged while nothing was printed, a cut that ended. */
function lastPerOffset<R extends IndexRecord>(records: R[]): R[] {
  return [...new Map(records.map((record) => [record.offset, record])).values()]
}

function everySecond<M>(marks: M[]): M[] {
  return marks.filter((_mark, position) => position % 2 === 0)
}
