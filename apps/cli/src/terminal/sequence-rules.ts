import { sanitise } from '../output/sanitise.ts'

/** ECMA-48: CSI prefix parameters intermediates final. */
export interface ControlSequence {
  readonly prefix: string
  readonly parameters: string
  readonly intermediates: string
  readonly final: string
}

const firstParameter = ({ parameters }: ControlSequence): number => Number.parseInt(parameters, 10) || 0

/** CSI … t that only reports: sizes of window, cells and screen. 20 and 21 report titles, which programs set: never (CVE-2003-0063). */
const reportingWindowOps = new Set([11, 13, 14, 15, 16, 18, 19])
const titleStackOps = new Set([22, 23])

/** Whether the terminal answers: device attributes and status, modes, colours, checksums (ctlseqs of xterm 399; kitty's keyboard protocol). */
export const isQuery = (sequence: ControlSequence): boolean => {
  const { prefix, intermediates, final } = sequence
  switch (intermediates) {
    case '':
      if (final === 'c') return true
      if (final === 'n') return prefix !== '>'
      if (final === 'x') return prefix === ''
      if (final === 'q') return prefix === '>'
      if (final === 'u') return prefix === '?'
      if (final === 't') return reportingWindowOps.has(firstParameter(sequence))
      if (final === 'S') return prefix === '?'
      return false
    case '$':
      return 'puw'.includes(final)
    case '*':
      return final === 'y'
    case '#':
      return final === 'R' || final === '|'
    case "'":
      return final === '|'
    case '"':
      return final === 'v'
    case '+':
      return final === 'w' || final === 'x'
    default:
      return false
  }
}

/** What no terminal gets, whoever owns the size. */
export const keepsControl = (sequence: ControlSequence): boolean => {
  const { prefix, parameters, intermediates, final } = sequence
  // Media copy: printing.
  if (final === 'i' && intermediates === '') return false
  // Leaving ANSI mode changes how everything after it is read.
  if (prefix === '?' && final === 'l' && parameters.split(';').includes('2')) return false
  if (final === 't' && intermediates === '') {
    const operation = firstParameter(sequence)
    return reportingWindowOps.has(operation) || titleStackOps.has(operation)
  }
  return true
}

/** ESC sequences without a string: all but a change of the character encoding (ESC %), which would give other bytes a meaning. */
export const allowedEscape = (bytes: readonly number[], mayAsk: boolean): boolean => {
  if (bytes[1] === 0x25) return false
  // The end of a string that was dropped.
  if (bytes[1] === 0x5c) return false
  // DECID asks like CSI c.
  return mayAsk || !(bytes.length === 2 && bytes[1] === 0x5a)
}

/** A DCS by its head (`parameters intermediates final`): images and synchronised updates pass, questions are questions, the rest (user-defined keys, tmux passthrough, which would carry anything past us) is dropped. */
export const keepsDevice = (head: string): 'keep' | 'query' | 'drop' => {
  if (/^[\d;]*q$/.test(head) || /^=[12]s$/.test(head)) return 'keep'
  return head === '$q' || head === '+q' ? 'query' : 'drop'
}

const titleMaxCharacters = 256
/** Colours of the palette and of the screen, and their resets. */
const colourCommands = /^(4|5|1[0-9]|10[45]|11[0-9])$/
/** Marks of shell integration, the directory, progress. */
const harmlessCommands = new Set(['7', '133', '633'])

/** An OSC as it may reach the terminal: titles cleaned, links http(s) only, no clipboard (52), no files (1337); undefined: dropped. */
export const keptCommand = (text: string): { readonly text: string; readonly query: boolean } | undefined => {
  const cut = text.indexOf(';')
  const command = cut === -1 ? text : text.slice(0, cut)
  const rest = cut === -1 ? '' : text.slice(cut + 1)
  if (command === '0' || command === '1' || command === '2') {
    return { text: `${command};${[...sanitise(rest)].slice(0, titleMaxCharacters).join('')}`, query: false }
  }
  if (colourCommands.test(command)) return { text: sanitise(text), query: rest.split(';').includes('?') }
  if (command === '8') {
    const uri = rest.slice(rest.indexOf(';') + 1)
    return uri === '' || /^https?:\/\//i.test(uri) ? { text: sanitise(text), query: false } : undefined
  }
  if (command === '9' && rest.startsWith('4;')) return { text: sanitise(text), query: false }
  return harmlessCommands.has(command) ? { text: sanitise(text), query: false } : undefined
}
