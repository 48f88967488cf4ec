/** Who answers terminal queries, by the offset of the query (SPEC O10): each epoch lasts until the next one's `from`. */
export interface AnswerEpochs {
  /** `viewer: null`: the keeper answers from here on. Returns where it really begins: never before the epoch that it ends. */
  begin(from: number, viewer: string | null): number
  /** True when a query found at `offset` was this viewer's to answer. */
  belongsTo(viewer: string, offset: number): boolean
  /** Where this viewer's present epoch began; null when it is not in charge. */
  since(viewer: string): number | null
}

/** A viewer is at most one window behind; nobody takes control more often than this in that time, and a late answer lost is no harm. */
const KEPT = 32

export const createAnswerEpochs = (): AnswerEpochs => {
  const epochs: { from: number; viewer: string | null }[] = []

  return {
    begin: (from, viewer) => {
      const last = epochs.at(-1)
      const begins = Math.max(from, last?.from ?? 0)
      // Of two at one offset, the later decides.
      if (last?.from === begins) epochs.pop()
      epochs.push({ from: begins, viewer })
      if (epochs.length > KEPT) epochs.shift()
      return begins
    },
    belongsTo: (viewer, offset) => epochs.findLast((epoch) => epoch.from <= offset)?.viewer === viewer,
    since: (viewer) => {
      const last = epochs.at(-1)
      return last?.viewer === viewer ? last.from : null
    },
  }
}
