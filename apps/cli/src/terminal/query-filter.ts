import {
  allowedEscape,
  type ControlSequence,
  isQuery,
  keepsControl,
  keepsDevice,
  keptCommand,
} from './sequence-rules.ts'
import { TerminalModes } from './terminal-modes.ts'

const ESC = 0x1b
const BEL = 0x07
const ENQ = 0x05
const CAN = 0x18
const SUB = 0x1a
/** First byte of the UTF-8 of U+0080 to U+00BF. xterm takes U+0080 to U+009F for controls, so `C2 9B` is another way to write CSI. */
const C1_LEAD = 0xc2

/** A control sequence or a command longer than this is no sane one: dropped whole. */
const sequenceMaxBytes = 4096

type State = 'text' | 'lead' | 'escape' | 'control' | 'command' | 'device' | 'deviceBody' | 'string'

/**
 * Makes the output of a session safe for the real terminal in front of `attach` (SPEC O10). Hostile sequences never pass: clipboard writes, titles with
 * controls, printing, key redefinition, window moves. Queries pass only where this terminal is the one to answer; anywhere else (replayed bytes, somebody
 * else's size) its answer would be typed into the session. Streaming: a sequence is held until it is complete, so where chunks are cut never matters.
 */
export class QueryFilter {
  readonly modes = new TerminalModes()
  /** Queries that were let through so far. */
  queries = 0
  #state: State = 'text'
  /** The sequence so far, from its ESC on. */
  #held: number[] = []
  /** The held string is dropped up to its end. */
  #dropping = false
  /** An ESC inside a string: ends it when `\` follows, and begins another sequence otherwise. */
  #escapeInString = false
  /** Whether the sequence began where queries may be answered. */
  #mayAsk = false
  #out: number[] = []

  push(bytes: Uint8Array, answerable: boolean): Uint8Array {
    if (
      this.#state === 'text' &&
      bytes.indexOf(ESC) === -1 &&
      bytes.indexOf(C1_LEAD) === -1 &&
      bytes.indexOf(ENQ) === -1
    ) {
      return bytes
    }
    const parts: Uint8Array[] = []
    let runStart = -1
    const endRun = (end: number): void => {
      if (runStart !== -1) parts.push(bytes.subarray(runStart, end))
      runStart = -1
    }
    const takeOut = (): void => {
      if (this.#out.length > 0) parts.push(Uint8Array.from(this.#out))
      this.#out = []
    }
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0
      if (this.#state === 'text' && byte !== ESC && byte !== C1_LEAD && byte !== ENQ) {
        if (runStart === -1) {
          takeOut()
          runStart = at
        }
        continue
      }
      endRun(at)
      this.#step(byte, answerable)
    }
    endRun(bytes.length)
    takeOut()
    return Buffer.concat(parts)
  }

  #begin(answerable: boolean): void {
    this.#held = [ESC]
    this.#state = 'escape'
    this.#dropping = false
    this.#escapeInString = false
    this.#mayAsk = answerable
  }

  #step(byte: number, answerable: boolean): void {
    switch (this.#state) {
      case 'text':
        this.#text(byte, answerable)
        break
      case 'lead':
        this.#state = 'text'
        if (byte >= 0x80 && byte <= 0x9f) {
          this.#begin(answerable)
          this.#escape(byte - 0x40)
        } else {
          this.#out.push(C1_LEAD)
          this.#text(byte, answerable)
        }
        break
      case 'escape':
        if (byte === ESC) this.#begin(answerable)
        else this.#escape(byte)
        break
      case 'control':
        this.#control(byte, answerable)
        break
      default:
        this.#string(byte, answerable)
    }
  }

  #text(byte: number, answerable: boolean): void {
    if (byte === ESC) this.#begin(answerable)
    else if (byte === C1_LEAD) this.#state = 'lead'
    else if (byte === ENQ) {
      if (answerable) this.#out.push(byte)
    } else this.#out.push(byte)
  }

  #escape(byte: number): void {
    if (byte === CAN || byte === SUB) {
      this.#state = 'text'
    } else if (byte < 0x20) {
      // Executed at once by terminals, in the middle of the sequence.
      this.#out.push(byte)
    } else if (byte <= 0x2f) {
      this.#hold(byte)
    } else if (this.#held.length === 1 && byte in introducers) {
      this.#held.push(byte)
      this.#state = introducers[byte] ?? 'string'
      this.#dropping = this.#state === 'string' && !(byte === 0x5f && this.#mayAsk)
    } else {
      this.#held.push(byte)
      if (allowedEscape(this.#held, this.#mayAsk)) this.#release()
      this.#state = 'text'
    }
  }

  #hold(byte: number): void {
    if (this.#held.length >= sequenceMaxBytes) this.#dropping = true
    else this.#held.push(byte)
  }

  #release(): void {
    for (const byte of this.#held) this.#out.push(byte)
    if (this.#held.length === 2 && this.#held[1] === 0x63) this.modes.reset()
  }

  #control(byte: number, answerable: boolean): void {
    if (byte === ESC) this.#begin(answerable)
    else if (byte === CAN || byte === SUB) this.#state = 'text'
    else if (byte < 0x20) {
      if (byte !== ENQ) this.#out.push(byte)
    } else if (byte >= 0x80) {
      this.#state = 'text'
      this.#text(byte, answerable)
    } else if (byte < 0x40) this.#hold(byte)
    else if (byte !== 0x7f) {
      this.#held.push(byte)
      this.#state = 'text'
      if (!this.#dropping) this.#finishControl()
    }
  }

  #finishControl(): void {
    const text = String.fromCharCode(...this.#held.slice(2))
    const match = /^([<=>?]?)([\d:;]*)([ -/]*)([@-~])$/.exec(text)
    if (match === null) return
    const [, prefix = '', parameters = '', intermediates = '', final = ''] = match
    const sequence: ControlSequence = { prefix, parameters, intermediates, final }
    if (!keepsControl(sequence)) return
    if (isQuery(sequence)) {
      if (!this.#mayAsk) return
      this.queries += 1
    }
    this.modes.observe(sequence)
    this.#release()
  }

  /** OSC, DCS, APC, PM and SOS, up to ST; OSC also up to BEL. */
  #string(byte: number, answerable: boolean): void {
    if (this.#escapeInString) {
      this.#escapeInString = false
      if (byte === 0x5c) {
        this.#endString([ESC, 0x5c])
        return
      }
      // Terminals end the string here as well, and this ESC begins the next sequence.
      this.#begin(answerable)
      if (byte === ESC) return
      this.#escape(byte)
      return
    }
    if (byte === ESC) this.#escapeInString = true
    else if (byte === CAN || byte === SUB) {
      if (this.#state === 'deviceBody' && !this.#dropping) this.#out.push(byte)
      this.#state = 'text'
    } else if (byte === BEL && this.#state === 'command') this.#endString([BEL])
    else if (this.#state === 'deviceBody') {
      // ASCII by definition. Anything else could be U+009C, which ends the string for xterm and would let the rest pass unseen.
      if (!this.#dropping && byte < 0x7f) this.#out.push(byte)
    } else if (this.#state === 'string' && byte >= 0x7f) this.#dropping = true
    else {
      this.#hold(byte)
      if (this.#state === 'device' && byte >= 0x40 && byte <= 0x7e) this.#beginDevice()
    }
  }

  /** The head of a DCS says what it is; its body may be a megabyte of image and is passed on as it comes. */
  #beginDevice(): void {
    const verdict = this.#dropping ? 'drop' : keepsDevice(String.fromCharCode(...this.#held.slice(2)))
    this.#dropping = verdict === 'drop' || (verdict === 'query' && !this.#mayAsk)
    if (!this.#dropping) {
      if (verdict === 'query') this.queries += 1
      this.#release()
    }
    this.#state = 'deviceBody'
  }

  #endString(terminator: readonly number[]): void {
    const state = this.#state
    this.#state = 'text'
    if (this.#dropping) return
    if (state === 'deviceBody') this.#out.push(...terminator)
    else if (state === 'string') {
      // Only an APC that may be answered gets here.
      this.queries += 1
      this.#out.push(...this.#held, ...terminator)
    } else if (state === 'command') {
      const kept = keptCommand(Buffer.from(this.#held.slice(2)).toString('utf8'))
      if (kept === undefined || (kept.query && !this.#mayAsk)) return
      if (kept.query) this.queries += 1
      this.#out.push(ESC, 0x5d, ...Buffer.from(kept.text), ...terminator)
    }
  }
}

const introducers: Readonly<Record<number, State>> = {
  91: 'control', // ESC [
  93: 'command', // ESC ]
  80: 'device', // ESC P
  88: 'string', // ESC X, SOS
  94: 'string', // ESC ^, PM
  95: 'string', // ESC _, APC
}
