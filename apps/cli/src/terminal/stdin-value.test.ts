import { expect, test } from 'vitest'
import { readStdinValue } from './stdin-value.ts'

async function* stream(pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces
}
const read = (text: string, exact = false, maxBytes = 100): Promise<string | undefined> =>
  readStdinValue(stream([Buffer.from(text)]), { maxBytes, exact }).then((value) => value?.toString())

test('one newline at the end goes, and nothing else does', async () => {
  for (const [given, kept] of [
    ['token', 'token'],
    ['token\n', 'token'],
    ['token\r\n', 'token'],
    ['token\n\n', 'token\n'],
    ['token\r', 'token\r'],
    [' token ', ' token '],
    ['a\nb\n', 'a\nb'],
    ['\n', ''],
    ['\r\n', ''],
    ['', ''],
  ] as const)
    expect([given, await read(given)]).toEqual([given, kept])
})

test('exact keeps the newline too', async () => {
  for (const given of ['token\n', 'token\r\n', '\n', '']) expect(await read(given, true)).toBe(given)
})

test('the bound is the value’s, the newline not counted', async () => {
  expect(await read('12345\n', false, 5)).toBe('12345')
  expect(await read('12345\r\n', false, 5)).toBe('12345')
  expect(await read('12345\n', true, 5)).toBeUndefined()
  expect(await read('123456', false, 5)).toBeUndefined()
  expect(await read('12345\n\n', false, 5)).toBeUndefined()
})

test('more than the bound is not read to its end, and what was read is wiped', async () => {
  const pieces = Array.from({ length: 5 }, () => Buffer.from('secret'))
  expect(await readStdinValue(stream(pieces), { maxBytes: 8, exact: false })).toBeUndefined()
  expect(pieces.map((piece) => piece.toString('latin1').replaceAll('\0', '-'))).toEqual([
    '------',
    '------',
    'secret',
    'secret',
    'secret',
  ])
  const value = await readStdinValue(stream([Buffer.from('a'), Buffer.from('b')]), { maxBytes: 8, exact: false })
  expect(value?.toString()).toBe('ab')
})
