import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteTail } from './byte-tail.ts'

const chunk = fc.oneof(
  fc.uint8Array({ minLength: 0, maxLength: 20 }),
  fc.uint8Array({ minLength: 500, maxLength: 3000, size: 'max' }),
)

test('whatever is pushed, every offset in the tail reads back exactly and the last maxBytes are there', () => {
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 60 }),
      fc.integer({ min: 1, max: 6000 }),
      fc.nat(),
      (chunks, max, seed) => {
        const tail = new ByteTail(max, 7)
        for (const bytes of chunks) tail.push(Buffer.from(bytes))
        const whole = Buffer.concat([Buffer.alloc(7), ...chunks])
        expect(tail.end).toBe(whole.length)
        expect(tail.end - tail.start).toBeGreaterThanOrEqual(Math.min(max, whole.length - 7))
        const offset = tail.start + (seed % (tail.end - tail.start + 1))
        expect(tail.readFrom(offset, 700)?.equals(whole.subarray(offset, offset + 700))).toBe(true)
        expect(tail.readFrom(tail.end, 10)).toHaveLength(0)
        expect(tail.readFrom(tail.start - 1, 10)).toBeUndefined()
        expect(tail.readFrom(tail.end + 1, 10)).toBeUndefined()
      },
    ),
  )
})

test('bytes that were read stay the same while more is pushed', () => {
  const tail = new ByteTail(10_000)
  tail.push(Buffer.from('abc'))
  const read = tail.readFrom(0, 100)
  for (let count = 0; count < 5000; count += 1) tail.push(Buffer.from('x'))
  expect(read?.toString()).toBe('abc')
})

test('a large chunk is held by reference, not copied', () => {
  const tail = new ByteTail(1_000_000)
  const bytes = Buffer.alloc(65_536, 1)
  tail.push(bytes)
  expect(tail.readFrom(0, 65_536)?.buffer).toBe(bytes.buffer)
})

test('a megabyte of single characters does not weigh a hundred times as much', () => {
  const tail = new ByteTail(1_048_576)
  for (let count = 0; count < 1_048_576; count += 1) tail.push(Buffer.from([count & 255]))
  expect(tail.chunkCount).toBeLessThanOrEqual(257)
})
