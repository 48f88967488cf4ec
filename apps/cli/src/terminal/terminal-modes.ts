import type { ControlSequence } from './sequence-rules.ts'

/** DEC private modes that a shell does not expect: off is their rest. In the order in which they are undone: the other screen last. */
const restOff = [1, 5, 6, 9, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 2004, 2026, 47, 1047, 1049]
/** Autowrap and the cursor: on is their rest. */
const restOn = [7, 25]

/** What a session's output has changed about the terminal, so that all of it, and no more, is undone when we leave. */
export class TerminalModes {
  readonly #on = new Set<number>()
  readonly #off = new Set<number>()
  #margins = false
  #keyboard = false

  observe({ prefix, parameters, intermediates, final }: ControlSequence): void {
    if (intermediates !== '') {
      if (intermediates === '!' && final === 'p') this.#margins = false
    } else if (prefix === '?' && (final === 'h' || final === 'l')) {
      for (const mode of parameters.split(';').map(Number)) this.#set(mode, final === 'h')
    } else if (prefix === '' && final === 'r') this.#margins = parameters !== ''
    else if ((prefix === '>' || prefix === '=') && final === 'u') this.#keyboard = true
    else if (prefix === '>' && final === 'm') this.#keyboard = true
  }

  #set(mode: number, on: boolean): void {
    if (restOff.includes(mode)) on ? this.#on.add(mode) : this.#on.delete(mode)
    if (restOn.includes(mode)) on ? this.#off.delete(mode) : this.#off.add(mode)
  }

  reset(): void {
    this.#on.clear()
    this.#off.clear()
    this.#margins = false
    this.#keyboard = false
  }

  /** Sequences that bring the terminal back; always ends attributes and line drawing, which nothing marks. */
  undo(): string {
    const modes = [
      ...restOff.filter((mode) => this.#on.has(mode)).map((mode) => `\x1b[?${mode}l`),
      ...restOn.filter((mode) => this.#off.has(mode)).map((mode) => `\x1b[?${mode}h`),
    ]
    // Resetting the margins moves the cursor to the corner: saved around it.
    const margins = this.#margins ? '\x1b7\x1b[r\x1b8' : ''
    const keyboard = this.#keyboard ? '\x1b[=0u\x1b[>4;0m' : ''
    return `${keyboard}${margins}${modes.join('')}\x1b>\x0f\x1b(B\x1b[0m`
  }
}
