import { expect, test } from 'vitest'
import { Acknowledger } from './acknowledger.ts'
import { OutputPosition } from './output-position.ts'

const event = (offset: number, text: string) => ({ kind: 'bytes' as const, offset, bytes: Buffer.from(text), at: 0 })
const texts = (chunks: readonly { bytes: Uint8Array }[]) => chunks.map(({ bytes }) => Buffer.from(bytes).toString())

test('bytes that were delivered before are cut off', () => {
  const position = new OutputPosition()
  expect(texts(position.take(event(10, 'abcd')))).toEqual(['abcd'])
  expect(texts(position.take(event(12, 'cdef')))).toEqual(['ef'])
  expect(position.take(event(10, 'ab'))).toEqual([])
  expect(position.next).toBe(16)
})

test('a jump to what is behind us is none', () => {
  const position = new OutputPosition()
  position.take(event(0, 'abcd'))
  expect(position.jump(4)).toBe(false)
  expect(position.jump(9)).toBe(true)
  expect(position.next).toBe(9)
})

test('acknowledgements are coalesced, and offsets that were jumped over are told at once', () => {
  const told: number[] = []
  const acknowledger = new Acknowledger(100, (offset) => told.push(offset))
  acknowledger.drawn(200)
  expect(told).toEqual([])
  acknowledger.jumped(300, 5_000_000)
  expect(told).toEqual([])
  acknowledger.drawn(300)
  expect(told).toEqual([5_000_000])
  acknowledger.drawn(5_000_000 + 128 * 1024)
  expect(told).toEqual([5_000_000, 5_000_000 + 128 * 1024])
  acknowledger.drawn(10)
  expect(told).toHaveLength(2)
})
