/** Named keys of `sallyport keys` and the touch key bar, as the bytes that xterm sends (ECMA-48, ctlseqs "PC-Style Function Keys"). */
const named: Readonly<Record<string, string>> = {
  enter: '\r',
  tab: '\t',
  'shift+tab': '\x1b[Z',
  esc: '\x1b',
  escape: '\x1b',
  space: ' ',
  backspace: '\x7f',
  delete: '\x1b[3~',
  insert: '\x1b[2~',
  home: '\x1b[H',
  end: '\x1b[F',
  pageup: '\x1b[5~',
  pagedown: '\x1b[6~',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  f1: '\x1bOP',
  f2: '\x1bOQ',
  f3: '\x1bOR',
  f4: '\x1bOS',
  f5: '\x1b[15~',
  f6: '\x1b[17~',
  f7: '\x1b[18~',
  f8: '\x1b[19~',
  f9: '\x1b[20~',
  f10: '\x1b[21~',
  f11: '\x1b[23~',
  f12: '\x1b[24~',
}

export const keyNames: readonly string[] = Object.keys(named)

const cursorKeys = new Set(['up', 'down', 'right', 'left', 'home', 'end'])

export interface KeyOptions {
  /** DECCKM: the program asked for application cursor keys, so arrows are `ESC O A` instead of `ESC [ A`. */
  readonly applicationCursor?: boolean
}

/** Bytes of one key such as `ctrl+c`, `alt+x`, `up`, `a`; undefined when there is no such key. */
export const keyBytes = (key: string, options: KeyOptions = {}): string | undefined => {
  const lower = key.toLowerCase()
  const sequence = named[lower]
  if (sequence !== undefined) {
    return options.applicationCursor && cursorKeys.has(lower) ? sequence.replace('\x1b[', '\x1bO') : sequence
  }
  if (lower.startsWith('alt+')) {
    const rest = keyBytes(key.slice(4), options)
    return rest === undefined ? undefined : `\x1b${rest}`
  }
  if (lower.startsWith('ctrl+')) return controlCharacter(lower.slice(5))
  return [...key].length === 1 ? key : undefined
}

/** ctrl+a … ctrl+z, and the others that a keyboard can make (ECMA-48, C0). */
const controlCharacter = (key: string): string | undefined => {
  if (key === 'space') return '\0'
  if (key === '?') return '\x7f'
  if (!/^[a-z@[\\\]^_]$/.test(key)) return undefined
  return String.fromCharCode(key.toUpperCase().charCodeAt(0) & 0x1f)
}
