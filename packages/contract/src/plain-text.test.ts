import { describe, expect, it } from 'vitest'
import { createPlainText } from './plain-text.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const plain = (
  input: string | Uint8Array,
  cutEvery = Number.POSITIVE_INFINITY,
  options: Parameters<typeof createPlainText>[0] = {},
): string => {
  const bytes = typeof input === 'string' ? encoder.encode(input) : input
  const text = createPlainText(options)
  let result = ''
  for (let at = 0; at < bytes.length; at += cutEvery) {
    result += decoder.decode(text.push(bytes.subarray(at, Math.min(bytes.length, at + cutEvery))))
    if (cutEvery === Number.POSITIVE_INFINITY) break
  }
  return result + decoder.decode(text.end())
}

describe('plain text of terminal output', () => {
  it.each([
    ['colours', '\x1b[1;31mred\x1b[0m plain', 'red plain'],
    ['line ends', 'a\r\nb\r\r\nc\n\nd', 'a\nb\nc\n\nd'],
    ['empty lines', 'a\r\n\r\nb', 'a\n\nb'],
    ['a progress bar as lines', '10%\r20%\r\n', '10%\n20%\n'],
    ['a title ended by BEL', '\x1b]0;evil\x07ok', 'ok'],
    ['a link ended by ST', '\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\', 'text'],
    ['a device string with newlines', '\x1bPq#0\n#1\x1b\\after', 'after'],
    ['eight-bit controls', '\u009b31mred\u009d0;t\u009cok', 'redok'],
    ['character sets and keypad modes', '\x1b(B\x1b=a\x1b>b', 'ab'],
    ['a broken title to the end of its line only', '\x1b]0;never ended\nnext', '\nnext'],
    ['a string broken by another sequence', '\x1b]0;x\x1b[1mbold', 'bold'],
    ['a sequence cancelled in the middle', '\x1b[31\x18m', 'm'],
    ['bidi overrides', 'a\u202eb\u2066c', 'abc'],
    ['bells, backspaces, NUL and DEL', 'a\x07\b\0\x7fb\tc', 'ab\tc'],
    ['other scripts and emoji', 'žluťoučký 日本 👩‍👩‍👧', 'žluťoučký 日本 👩‍👩‍👧'],
  ])('has %s', (_what, input, expected) => {
    expect(plain(input)).toBe(expected)
  })

  it('shows bytes that are not UTF-8 as replacement characters and goes on', () => {
    expect(plain(Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0x62))).toBe('a\ufffd\ufffd(b')
  })

  it('is the same wherever the chunks are cut', () => {
    const input = encoder.encode(
      'a\r\nb\r\r\n\x1b[38;2;1;2;3mžluť\x1b]8;;x\x1b\\日\x1b]0;y\x07\u202e👩‍👧\x1bPq\n\x1b\\\u009b1m\x1b(Bend\r',
    )
    const whole = plain(input)
    for (let size = 1; size < input.length; size += 1) expect(plain(input, size)).toBe(whole)
    expect(whole).toBe('a\nb\nžluť日👩‍👧end\n')
  })
})

describe('plain text with colours', () => {
  const coloured = (input: string, cutEvery?: number): string => plain(input, cutEvery, { keepColours: true })

  it.each([
    ['colours and attributes', '\x1b[1;38;2;1;2;3mred\x1b[0m plain', '\x1b[1;38;2;1;2;3mred\x1b[0m plain'],
    ['colours with colons', '\x1b[4:3mwavy\x1b[m', '\x1b[4:3mwavy\x1b[m'],
    ['an eight-bit colour in the usual form', '\u009b32mgreen\x1b[m', '\x1b[32mgreen\x1b[m'],
    ['the state as before at the end', '\x1b[31mred', '\x1b[31mred\x1b[m'],
    ['no cursor movement, no erasing, no modes', 'a\x1b[2J\x1b[H\x1b[?25l\x1b[1Ab', 'ab'],
    ['no key modes, which end in m too', '\x1b[>4;2mx\x1b[?4m', 'x'],
    ['no sequence with something hidden in it', '\x1b[3\x071mx\x1b[1 my', 'xy'],
    ['no sequence without end', `\x1b[${'1;'.repeat(200)}mx`, 'x'],
    ['no titles, links or device strings', '\x1b]0;t\x07\x1b]8;;http://x\x1b\\a\x1bP1;31m\x1b\\b', 'ab'],
    ['nothing of a cancelled colour', '\x1b[31\x18mx', 'mx'],
    ['line ends', '\x1b[31ma\r\x1b[m\nb', '\x1b[31ma\n\x1b[mb'],
  ])('has %s', (_what, input, expected) => {
    expect(coloured(input)).toBe(expected)
    for (let size = 1; size < input.length; size += 1) expect(coloured(input, size)).toBe(expected)
  })
})
