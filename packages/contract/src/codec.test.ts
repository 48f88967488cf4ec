import { afterEach, describe, expect, test, vi } from 'vitest'
import { cborCodec } from './codec.ts'

describe('what our encoder makes comes back', () => {
  test.each([
    {
      id: 1,
      method: 'mutation',
      params: { path: 'session.write', input: { session: 'abc', data: new Uint8Array(65_536) } },
    },
    {
      id: 2,
      method: 'query',
      params: { path: 'x', input: undefined, flag: true, nothing: null, pi: 3.14, big: 2 ** 52, negative: -70_000 },
    },
    [{ id: 3 }, { id: 4 }],
    { text: 'ü🙂'.repeat(1000), nested: { a: [{ b: [[1, [2]]] }] } },
    'text',
    0,
  ])('%#', (value) => {
    const bytes = cborCodec.encode(value)
    expect(Buffer.compare(cborCodec.encode(cborCodec.decode(bytes)), bytes)).toBe(0)
  })
})

describe('no decoder of ours acts on hostile bytes', () => {
  afterEach(() => vi.unstubAllGlobals())

  const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
  test.each([
    // Tag 27, ["eval", "globalThis.pwned = 1"]: cbor-x calls the global function of that name.
    ['a call of a global function', 'd8 1b 82 64 6576616c 74 676c6f62616c546869732e70776e6564203d2031'],
    ['the same inside a message', 'a1 61 78 d8 1b 82 64 6576616c 74 676c6f62616c546869732e70776e6564203d2031'],
    ['any tag', 'c1 00'],
    ['an array of 32 million items in 5 bytes', '9a 01ffffff'],
    ['a map of 2^53 pairs', 'bb 0020000000000000'],
    ['a byte string longer than the frame', '5a 00100000 00'],
    ['a byte string of 2^64 - 1', '5b ffffffffffffffff 00'],
    ['an indefinite array', '9f 01 ff'],
    ['an indefinite string', '7f 61 61 ff'],
    ['bytes behind the message', '01 02'],
    ['an unassigned simple value', 'e1'],
    ['a break on its own', 'ff'],
    ['nothing', ''],
    ['half a number', '19 01'],
  ])('%s', (_name, bytes) => {
    vi.stubGlobal('pwned', 0)
    expect(() => cborCodec.decode(hex(bytes))).toThrow(RangeError)
    expect(Reflect.get(globalThis, 'pwned')).toBe(0)
  })

  test('nesting that would exhaust the stack', () => {
    expect(() => cborCodec.decode(new Uint8Array(1024 * 1024).fill(0x81))).toThrow('nested too deeply')
  })
})
