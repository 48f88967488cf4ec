/**
 * What is on the way to one client and not yet acknowledged (SPEC O2). Offsets jump at gaps and skips, so it counts bytes, in runs: runs are only as many
 * as there were jumps within the window.
 */
export interface AcknowledgeWindow {
  /** How many bytes may be sent now. */
  readonly room: number
  sent(offset: number, byteLength: number): void
  /** Everything below `offset` has been drawn. Repeated, late and impossible acknowledgements change nothing for the worse. */
  acknowledge(offset: number): void
}

export const createAcknowledgeWindow = (maxBytes: number): AcknowledgeWindow => {
  const runs: { from: number; to: number }[] = []
  let inFlight = 0

  return {
    get room() {
      return maxBytes - inFlight
    },
    sent: (offset, byteLength) => {
      inFlight += byteLength
      const last = runs.at(-1)
      if (last?.to === offset) last.to += byteLength
      else runs.push({ from: offset, to: offset + byteLength })
    },
    acknowledge: (offset) => {
      let first = runs[0]
      while (first !== undefined && first.from < offset) {
        const drawnTo = Math.min(first.to, offset)
        inFlight -= drawnTo - first.from
        first.from = drawnTo
        if (first.from < first.to) return
        runs.shift()
        first = runs[0]
      }
    },
  }
}
