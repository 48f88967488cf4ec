/** One stretch of the stream on its way through the terminal. `answerable`: this viewer, and no other, answers the queries in it (SPEC O10). */
export interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
  readonly answerable: boolean
}

/**
 * Knows which bytes the terminal is parsing, and so which of its answers to queries (`CSI 6n`, `CSI c`, …) may go to the program. Anything else is
 * a replay or another viewer's business, and an answer to it would be typed into the program as text.
 */
export interface AnswerGate {
  /** The terminal is about to parse this piece, after those before it. */
  written(piece: Piece): void
  /** The terminal has parsed the oldest piece that was written. Returns the offset after its last byte. */
  parsed(): number
  /** Somebody else answers from now on, also for what is not parsed yet. */
  close(): void
  /** For `answersOffset`: where the piece begins that is being parsed, when it may be answered. */
  answering(): number | undefined
}

export const createAnswerGate = (): AnswerGate => {
  let inTerminal: Piece[] = []
  return {
    written: (piece) => {
      inTerminal.push(piece)
    },
    parsed: () => {
      const piece = inTerminal.shift()
      if (!piece) throw new Error('the terminal parsed more than was written')
      return piece.offset + piece.bytes.byteLength
    },
    close: () => {
      inTerminal = inTerminal.map((piece) => ({ ...piece, answerable: false }))
    },
    answering: () => (inTerminal[0]?.answerable ? inTerminal[0].offset : undefined),
  }
}
