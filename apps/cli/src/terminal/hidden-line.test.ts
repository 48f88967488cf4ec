import { describe, expect, test } from 'vitest'
import { type HiddenLine, HiddenLineReader, LINE_MAX_CHARACTERS } from './hidden-line.ts'

const typed = (...pieces: (string | Uint8Array)[]): HiddenLine | undefined => {
  const reader = new HiddenLineReader()
  for (const piece of pieces) {
    const line = reader.push(typeof piece === 'string' ? Buffer.from(piece) : piece)
    if (line !== undefined) return line
  }
  return undefined
}

const line = (text: string): HiddenLine => ({ kind: 'line', text })

describe('a hidden line', () => {
  test('ends with Enter, however the terminal spells it', () => {
    for (const enter of ['\r', '\n', '\r\n']) expect(typed('secret', enter)).toEqual(line('secret'))
    expect(typed('\r')).toEqual(line(''))
    expect(typed('secret')).toBeUndefined()
  })

  test('is the same when its characters arrive byte by byte', () => {
    const bytes = [...Buffer.from('pä€𐍈ß\r')].map((byte) => Uint8Array.of(byte))
    expect(typed(...bytes)).toEqual(line('pä€𐍈ß'))
  })

  test('loses its last character to backspace as a person sees it, and all of it to Ctrl+U', () => {
    expect(typed('ab\x7f\bc\r')).toEqual(line('c'))
    expect(typed('\x7f\x7fa\r')).toEqual(line('a'))
    expect(typed('xe\u0301\x7fy\r')).toEqual(line('xy'))
    expect(typed('x👩‍💻\x7fy\r')).toEqual(line('xy'))
    expect(typed('wrong\x15right\r')).toEqual(line('right'))
  })

  test('holds no NUL, no control character and no arrow key, whole or in pieces', () => {
    expect(typed('a\0b\tc\x1ad\r')).toEqual(line('abcd'))
    expect(typed('a\x1b[Ab\x1b[1;5Cc\x1bOPd\x1b[3~e\r')).toEqual(line('abcde'))
    expect(typed('a\x1b', '[', '1', ';5', 'Cb\r')).toEqual(line('ab'))
    expect(typed('a\x1b[200~pasted\x1b[201~\r')).toEqual(line('apasted'))
    expect(typed('a\x1bb\r')).toEqual(line('ab'))
  })

  test('ends also in the middle of a key that never came whole', () => {
    expect(typed('a\x1b[\r')).toEqual(line('a'))
    expect(typed('a\x1b\r')).toEqual(line('a'))
    expect(typed('a\x1b[\x03')).toEqual({ kind: 'interrupt' })
  })

  test('ends with Ctrl+C anywhere, with Ctrl+D only when nothing was typed', () => {
    expect(typed('abc\x03')).toEqual({ kind: 'interrupt' })
    expect(typed('abc\x1c')).toEqual({ kind: 'interrupt' })
    expect(typed('\x04')).toEqual({ kind: 'end' })
    expect(typed('abc\x04d\r')).toEqual(line('abcd'))
    expect(typed('abc\x15\x04')).toEqual({ kind: 'end' })
  })

  test('keeps no more than its bound, says so, and Ctrl+U begins anew', () => {
    const tooLong = 'x'.repeat(10_000)
    expect(typed('x'.repeat(LINE_MAX_CHARACTERS), '\r')).toEqual(line('x'.repeat(LINE_MAX_CHARACTERS)))
    expect(typed(tooLong, tooLong, '\r')).toMatchObject({ kind: 'unusable' })
    expect(typed(tooLong, '\x15short\r')).toEqual(line('short'))
    expect(typed(tooLong, '\x7f\x7f\r')).toMatchObject({ kind: 'unusable' })
  })

  test('that is not UTF-8 is refused, not changed into another one', () => {
    expect(typed(Buffer.from('caf\xe9\r', 'latin1'))).toMatchObject({ kind: 'unusable' })
  })

  test('a paste of two lines answers two questions, and a line break is not two', () => {
    const reader = new HiddenLineReader()
    expect(reader.push(Buffer.from('one\r\ntwo\r\nrest'))).toEqual(line('one'))
    expect(reader.next()).toEqual(line('two'))
    expect(reader.next()).toBeUndefined()
    expect(reader.push(Buffer.from('!\r'))).toEqual(line('rest!'))
    expect(reader.push(Buffer.from('\nthree\r'))).toEqual(line('three'))
  })
})
