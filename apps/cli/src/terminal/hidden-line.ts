/** A line of input; `reason` is a sentence. */
export type TypedLine =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'unusable'; readonly reason: string }

/** How a line that nobody sees ended. `end`: Ctrl+D on an empty line; `interrupt`: Ctrl+C or Ctrl+\, which raw mode hands to us instead of sending a signal. */
export type HiddenLine = TypedLine | { readonly kind: 'end' } | { readonly kind: 'interrupt' }

/** The daemon's own bound (contract/sign-in): far above what a password may have, so a key held down or a file pasted by mistake stays small. */
export const LINE_MAX_CHARACTERS = 4096

export const tooLong = `That is longer than ${LINE_MAX_CHARACTERS} characters.`
const notText = 'The terminal sent something that is not UTF-8.'

const CTRL_C = '\x03'
const CTRL_D = '\x04'
const CTRL_U = '\x15'
const CTRL_BACKSLASH = '\x1c'
const ESCAPE = '\x1b'

const isControl = (character: string): boolean => character < ' ' || character === '\x7f'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Without what a person sees as its last character: an accent typed as a mark of its own goes with its letter. */
const withoutLast = (text: string): string => {
  // 64: no character is longer, and backspace in a long line must not read all of it.
  const tail = text.slice(-64)
  let lastAt = 0
  for (const { index } of graphemes.segment(tail)) lastAt = index
  return text.slice(0, text.length - tail.length + lastAt)
}

/**
 * The keys of a hidden line, from the bytes of a terminal in raw mode. Typing beyond the bound and control characters (NUL, arrow keys) add nothing: they cannot be typed
 * in a browser either. What comes after the Enter of a paste waits for the next line.
 */
export class HiddenLineReader {
  readonly #decoder = new TextDecoder()
  #text = ''
  #tooLong = false
  /** Decoded, not looked at yet. */
  #waiting = ''
  #escape: 'none' | 'started' | 'sequence' = 'none'
  #afterReturn = false

  /** The end of the line, as soon as it is there. */
  push(data: Uint8Array): HiddenLine | undefined {
    this.#waiting += this.#decoder.decode(data, { stream: true })
    return this.next()
  }

  /** A line that was typed ahead. */
  next(): HiddenLine | undefined {
    let taken = 0
    let line: HiddenLine | undefined
    for (const character of this.#waiting) {
      taken += character.length
      line = this.#take(character)
      if (line !== undefined) break
    }
    this.#waiting = this.#waiting.slice(taken)
    return line
  }

  #take(character: string): HiddenLine | undefined {
    const followsReturn = this.#afterReturn
    this.#afterReturn = character === '\r'
    if (this.#skipsEscape(character)) return undefined
    switch (character) {
      case '\n':
        return followsReturn ? undefined : this.#finish()
      case '\r':
        return this.#finish()
      case CTRL_C:
      case CTRL_BACKSLASH:
        return { kind: 'interrupt' }
      case CTRL_D:
        return this.#text === '' && !this.#tooLong ? { kind: 'end' } : undefined
      case CTRL_U:
        this.#clear()
        return undefined
      case '\x7f':
      case '\b':
        this.#text = withoutLast(this.#text)
        return undefined
    }
    if (isControl(character)) return undefined
    if (this.#text.length + character.length > LINE_MAX_CHARACTERS) this.#tooLong = true
    else this.#text += character
    return undefined
  }

  /** Arrow and function keys: `ESC [ … final` and `ESC O x`. Any other ESC is ignored by itself. */
  #skipsEscape(character: string): boolean {
    if (this.#escape === 'started') {
      this.#escape = character === '[' || character === 'O' ? 'sequence' : 'none'
      if (this.#escape === 'sequence') return true
    } else if (this.#escape === 'sequence') {
      // A key that ends the line also ends whatever this was.
      const parameter = character >= ' ' && character <= '?'
      if (!parameter) this.#escape = 'none'
      return !isControl(character)
    }
    if (character !== ESCAPE) return false
    this.#escape = 'started'
    return true
  }

  #finish(): HiddenLine {
    const text = this.#text
    const wasTooLong = this.#tooLong
    this.#clear()
    if (wasTooLong) return { kind: 'unusable', reason: tooLong }
    // Not silently another password than the one that was meant.
    return text.includes('\ufffd') ? { kind: 'unusable', reason: notText } : { kind: 'line', text }
  }

  #clear(): void {
    this.#text = ''
    this.#tooLong = false
  }
}
