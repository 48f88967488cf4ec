/**
 * Terminal output as text for a log view or a file: escape and control sequences removed, CRLF and lone CR become LF (a progress bar is one line per
 * step), bidi overrides removed (CVE-2021-42574: they make a log read other than it is). Bytes that are not UTF-8 become U+FFFD. Streaming: where the
 * chunks are cut never changes the text.
 */
export interface PlainText {
  /** UTF-8 of what is certain so far; the rest follows with the next call. */
  push(bytes: Uint8Array): Uint8Array
  end(): Uint8Array
}

const ESC = 0x1b
const CAN = 0x18
const SUB = 0x1a
const BEL = 0x07
const LF = 0x0a
const CR = 0x0d
const ST = 0x9c
/** `m`, the last letter of `CSI 1;31 m`. */
const SGR = 0x6d

/**
 * `text`: prints. `escape`: after ESC, and while intermediates follow (ECMA-35). `control`: inside CSI. `command`: inside OSC, APC, PM or SOS, which hold no
 * newline, so a broken one hides at most its own line. `device`: inside DCS, where images have newlines. `…Escape`: an ESC in there, perhaps of ESC \.
 */
type State = 'text' | 'escape' | 'control' | 'command' | 'device' | 'stringEscape'

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what it is for
const special = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g

const strings: Readonly<Record<number, State>> = {
  80: 'device', // ESC P
  88: 'command', // ESC X
  93: 'command', // ESC ]
  94: 'command', // ESC ^
  95: 'command', // ESC _
}

/** What a C1 control (U+0080 to U+009F) or ESC with the letter 64 below opens. */
const opened = (letter: number): State => (letter === 0x5b ? 'control' : (strings[letter] ?? 'text'))

const step = (state: State, code: number): State => {
  if (code === CAN || code === SUB) return 'text'
  if (code === ESC) return state === 'command' || state === 'device' ? 'stringEscape' : 'escape'
  switch (state) {
    case 'stringEscape':
      // ESC \ ends the string; any other letter ends it as well and is a sequence of its own.
      return code === 0x5c ? 'text' : step('escape', code)
    case 'escape':
      if (code >= 0x20 && code <= 0x2f) return 'escape'
      return code < 0x20 ? 'escape' : opened(code)
    case 'control':
      return code >= 0x40 && code !== 0x7f ? 'text' : 'control'
    case 'command':
      return code === BEL || code === ST || code === LF ? 'text' : 'command'
    case 'device':
      return code === ST ? 'text' : 'device'
    case 'text':
      return code >= 0x80 && code <= 0x9f ? opened(code - 0x40) : 'text'
  }
}

export interface PlainTextOptions {
  /** For a terminal: SGR sequences (ECMA-48, 8.3.117: colours, bold…) stay, and the last one is undone at the end. Nothing else does. */
  readonly keepColours?: boolean
}

/** A colour in full RGB needs 5 numbers, and a program sets a handful of attributes at once. */
const SGR_MAX_CHARACTERS = 128
/** Digits, `;` and `:` only: `CSI > … m` and others with a private mark change how a terminal behaves (XTMODKEYS). */
const sgrParameters = /^[0-9;:]*$/

export const createPlainText = ({ keepColours = false }: PlainTextOptions = {}): PlainText => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const encoder = new TextEncoder()
  let state: State = 'text'
  let afterReturn = false
  /** What has come of the control sequence that we are in; null when it cannot become a colour. */
  let parameters: string | null = null
  let coloured = false

  const convert = (text: string): string => {
    let plain = ''
    let at = 0
    while (at < text.length) {
      if (state === 'text') {
        special.lastIndex = at
        const next = special.exec(text)?.index ?? text.length
        if (next > at) {
          plain += plainRun(text.slice(at, next))
          at = next
          continue
        }
      }
      plain += specialCharacter(text.charCodeAt(at))
      at += 1
    }
    return plain
  }

  /** Text without specials. The LF of a CRLF was written when the CR came. */
  const plainRun = (run: string): string => {
    const rest = afterReturn && run.charCodeAt(0) === LF ? run.slice(1) : run
    afterReturn = false
    return rest
  }

  const specialCharacter = (code: number): string => {
    const before = state
    state = step(state, code)
    if (keepColours && (before === 'control' || state === 'control')) return colour(before, code)
    if (before === 'text' && code === CR) {
      // CR CR LF, as some programs on a raw terminal write, is one line end too.
      const first = !afterReturn
      afterReturn = true
      return first ? '\n' : ''
    }
    // The newline that ended a broken string still ends the line.
    return before === 'command' && code === LF ? '\n' : ''
  }

  const colour = (before: State, code: number): string => {
    if (before !== 'control' || state === 'escape') {
      parameters = ''
      return ''
    }
    const sequence = parameters
    if (state === 'control') {
      parameters =
        sequence === null || sequence.length >= SGR_MAX_CHARACTERS ? null : sequence + String.fromCharCode(code)
      return ''
    }
    parameters = null
    if (sequence === null || code !== SGR || !sgrParameters.test(sequence)) return ''
    coloured = /[1-9]/.test(sequence)
    return `\x1b[${sequence}m`
  }

  return {
    push: (bytes) => encoder.encode(convert(decoder.decode(bytes, { stream: true }))),
    end: () => encoder.encode(`${convert(decoder.decode())}${coloured ? '\x1b[m' : ''}`),
  }
}
