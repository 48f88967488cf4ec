import { describe, expect, test } from 'vitest'
import { QueryFilter } from './query-filter.ts'

const filtered = (text: string, answerable: boolean): string =>
  Buffer.from(new QueryFilter().push(Buffer.from(text), answerable)).toString()

const byteByByte = (text: string, answerable: boolean): string => {
  const filter = new QueryFilter()
  const parts = [...Buffer.from(text)].map((byte) => Buffer.from(filter.push(Uint8Array.of(byte), answerable)))
  return Buffer.concat(parts).toString()
}

const queries: Readonly<Record<string, string>> = {
  DA1: '\x1b[c',
  'DA1 with 0': '\x1b[0c',
  DA2: '\x1b[>c',
  DA3: '\x1b[=c',
  'DSR 5': '\x1b[5n',
  'DSR 6': '\x1b[6n',
  DECXCPR: '\x1b[?6n',
  DECID: '\x1bZ',
  ENQ: '\x05',
  XTVERSION: '\x1b[>0q',
  DECRQM: '\x1b[?2026$p',
  DECREQTPARM: '\x1b[x',
  DECRQCRA: '\x1b[1;1;1;1;1;1*y',
  'window size': '\x1b[14t',
  'kitty keyboard': '\x1b[?u',
  'kitty graphics': '\x1b_Gi=1,a=q;AAAA\x1b\\',
  sixel: '\x1b[?1;1;0S',
  DECRQSS: '\x1bP$qm\x1b\\',
  XTGETTCAP: '\x1bP+q544e\x1b\\',
  foreground: '\x1b]10;?\x07',
  background: '\x1b]11;?\x1b\\',
  palette: '\x1b]4;1;?\x07',
  'CPR with C1': '\u009b6n',
}

describe('a query', () => {
  for (const [name, query] of Object.entries(queries)) {
    test(`${name} does not reach the terminal in replayed bytes, and does when this terminal answers`, () => {
      for (const filter of [filtered, byteByByte]) {
        expect(filter(`a${query}b`, false)).toBe('ab')
        const seen = filter(`a${query}b`, true)
        expect(seen.length).toBeGreaterThanOrEqual(3)
        expect(seen).toBe(`a${query.replace('\u009b', '\x1b[')}b`)
      }
    })
  }

  test('is found with controls in the middle of it', () => {
    expect(filtered('\x1b[\n6\x7fn', false)).toBe('\n')
  })

  test('that began before this terminal answers is not answered', () => {
    const filter = new QueryFilter()
    expect(Buffer.from(filter.push(Buffer.from('a\x1b[6'), false)).toString()).toBe('a')
    expect(Buffer.from(filter.push(Buffer.from('nb\x1b[6n'), true)).toString()).toBe('b\x1b[6n')
    expect(filter.queries).toBe(1)
  })
})

describe('a hostile sequence never passes', () => {
  const hostile: Readonly<Record<string, readonly [string, string]>> = {
    'clipboard write': ['\x1b]52;c;aGk=\x07', ''],
    'clipboard read': ['\x1b]52;c;?\x07', ''],
    'clipboard through C1': ['\u009d52;c;aGk=\u0007', ''],
    'clipboard through tmux': ['\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\', ''],
    'file of iTerm': ['\x1b]1337;File=name=eA==:AAAA\x07', ''],
    'title report': ['\x1b[21t', ''],
    'window move': ['\x1b[3;0;0t', ''],
    printing: ['\x1b[5i', ''],
    'user-defined keys': ['\x1bP0;1|17/41\x1b\\', ''],
    'another encoding': ['\x1b%@', ''],
    VT52: ['\x1b[?2l', ''],
    'link to a program': ['\x1b]8;;file:///bin/sh\x07', ''],
    'title with controls': ['\x1b]0;a\u202eb\x07', '\x1b]0;a\ufffdb\x07'],
    'endless command': [`\x1b]0;${'x'.repeat(10_000)}\x07`, ''],
  }
  for (const [name, [sequence, left]] of Object.entries(hostile)) {
    test(name, () => {
      for (const filter of [filtered, byteByByte]) expect(filter(`a${sequence}b`, true)).toBe(`a${left}b`)
    })
  }

  test('an image cannot end early for the terminal and hide a query behind it', () => {
    expect(filtered('\x1bPq#0~\u009c\u009b6n\x1b\\', false)).toBe('\x1bPq#0~6n\x1b\\')
  })
})

test('everything else passes unchanged, wherever chunks are cut', () => {
  const text =
    'zażółć \x1b[1;38;2;1;2;3mx\x1b[0m\x1b[?1049h\x1b[2J\x1b[H\x1b(B\x1b7\x1b8\x1b=é¡\r\n\x1b]8;;https://a.b\x07l\x1b]8;;\x07\x1b]0;title\x07\x1bPq#0;2;0;0;0#0~~\x1b\\\x1b[22t\x1b[>4;1m€𝄞'
  expect(filtered(text, false)).toBe(text)
  expect(byteByByte(text, false)).toBe(text)
  const bytes = Buffer.from(text)
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const filter = new QueryFilter()
    const parts = [filter.push(bytes.subarray(0, cut), false), filter.push(bytes.subarray(cut), false)]
    expect(Buffer.concat(parts).equals(bytes)).toBe(true)
  }
})

test('bytes that are no text are left alone', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n).filter((byte) => ![0x05, 0x1b].includes(byte))
  expect(Buffer.from(new QueryFilter().push(bytes, false)).equals(Buffer.from(bytes))).toBe(true)
})

test('a sequence that is cancelled or broken off leaves nothing behind', () => {
  expect(filtered('a\x1b[3\x18b\x1b]0;x\x1ac\x1b[1\x1b[2Kd', false)).toBe('abc\x1b[2Kd')
})

test('exactly what the session switched on is switched off again', () => {
  const filter = new QueryFilter()
  filter.push(Buffer.from('\x1b[?1049h\x1b[?1000;1006h\x1b[?25l\x1b[?2004h\x1b[?2004l\x1b[2;10r'), false)
  expect(filter.modes.undo()).toBe('\x1b7\x1b[r\x1b8\x1b[?1000l\x1b[?1006l\x1b[?1049l\x1b[?25h\x1b>\x0f\x1b(B\x1b[0m')
  filter.push(Buffer.from('\x1bc'), false)
  expect(filter.modes.undo()).toBe('\x1b>\x0f\x1b(B\x1b[0m')
})
