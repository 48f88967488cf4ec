/**
 * Answers what programs ask their terminal while no terminal is attached (SPEC O10), so that a program that waits for
 * an answer at its start does not hang. References: ECMA-48, xterm's ctlseqs.
 *
 * Pure: bytes in, answers out. The caller decides whether an answer is sent; the parser reads on either way, so a query
 * that is split over chunks belongs to whoever is in charge when its last byte arrives.
 */
export interface QueryAnswerer {
  /** The answers to the queries that end in this chunk, in order. */
  feed(bytes: Buffer): string[]
}

const ESC = 0x1b
const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a
/** No query that we know is longer; a longer sequence is followed to its end, not kept. */
const MAX_SEQUENCE = 16

/** VT220 with ANSI colour: what xterm-256color programs expect, nothing that we could not do. */
const PRIMARY_ATTRIBUTES = '\x1b[?62;22c'
const SECONDARY_ATTRIBUTES = '\x1b[>0;276;0c'
const TERMINAL_VERSION = '\x1bP>|sallyport\x1b\\'

/** There is no terminal model yet: the cursor is said to be at home. */
const controlAnswers: ReadonlyMap<string, string> = new Map([
  ['c', PRIMARY_ATTRIBUTES],
  ['0c', PRIMARY_ATTRIBUTES],
  ['>c', SECONDARY_ATTRIBUTES],
  ['>0c', SECONDARY_ATTRIBUTES],
  ['5n', '\x1b[0n'],
  ['6n', '\x1b[1;1R'],
  ['?6n', '\x1b[?1;1R'],
  ['>q', TERMINAL_VERSION],
  ['>0q', TERMINAL_VERSION],
])

/** Light on dark, the dashboard's default theme. */
const colourAnswers: ReadonlyMap<string, string> = new Map([
  ['10;?', '\x1b]10;rgb:e6e6/e6e6/e6e6'],
  ['11;?', '\x1b]11;rgb:1010/1010/1212'],
])

/** `osc`: a string that BEL ends too. `string`: DCS, APC, PM, SOS, which only ESC ends. */
type State = 'ground' | 'escape' | 'control' | 'osc' | 'string'

const afterEscape = (byte: number): State => {
  switch (byte) {
    case 0x5b:
      return 'control'
    case 0x5d:
      return 'osc'
    case 0x50:
    case 0x58:
    case 0x5e:
    case 0x5f:
      return 'string'
    default:
      return 'ground'
  }
}

export const createQueryAnswerer = (): QueryAnswerer => {
  let state: State = 'ground'
  /** What was collected of the sequence. A string's text is kept over the ESC of its terminator ESC \. */
  let text = ''
  let answers: string[] = []

  const answerColour = (terminator: string) => {
    const answer = colourAnswers.get(text)
    if (answer !== undefined) answers.push(answer + terminator)
  }

  const onEscapeFollower = (byte: number, fromOsc: boolean) => {
    if (fromOsc && byte === 0x5c) answerColour('\x1b\\')
    state = afterEscape(byte)
    text = ''
  }

  const onControlByte = (byte: number) => {
    // Control characters inside a sequence are carried out, and do not end it.
    if (byte < 0x20 || byte > 0x7e) return
    if (text.length <= MAX_SEQUENCE) text += String.fromCharCode(byte)
    if (byte < 0x40) return
    const answer = controlAnswers.get(text)
    if (answer !== undefined) answers.push(answer)
    state = 'ground'
  }

  const onOscByte = (byte: number) => {
    if (byte === BEL) {
      answerColour('\x07')
      state = 'ground'
    } else if (text.length <= MAX_SEQUENCE) text += String.fromCharCode(byte)
  }

  let escapeEndsOsc = false
  const onByte = (byte: number) => {
    if (byte === ESC) {
      escapeEndsOsc = state === 'osc'
      state = 'escape'
    } else if (byte === CAN || byte === SUB) state = 'ground'
    else if (state === 'escape') onEscapeFollower(byte, escapeEndsOsc)
    else if (state === 'control') onControlByte(byte)
    else if (state === 'osc') onOscByte(byte)
  }

  return {
    feed: (bytes) => {
      answers = []
      for (let at = 0; at < bytes.length; at += 1) {
        if (state === 'ground' || state === 'string') {
          // Nothing but ESC means anything here, and most output has none: native code looks for it.
          const next = bytes.indexOf(ESC, at)
          if (next === -1) break
          at = next
        }
        onByte(bytes[at] as number)
      }
      return answers
    },
  }
}
