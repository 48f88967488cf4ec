import { expect, test } from 'vitest'
import {
  createFrameDecoder,
  encodeFrameHeader,
  FRAME_HEADER_BYTES,
  FRAME_MAX_BYTES,
  type Frame,
  frameType,
} from './frames.ts'

const frame = (session: number, offset: number, text: string) =>
  Buffer.concat([encodeFrameHeader(frameType.output, session, offset, text.length), Buffer.from(text)])

const decodeAll = (chunks: Buffer[]): Frame[] => {
  const frames: Frame[] = []
  const decode = createFrameDecoder((decoded) => frames.push(decoded))
  for (const chunk of chunks) decode(chunk)
  return frames
}

const stream = Buffer.concat([frame(1, 0, 'hello'), frame(0xffff_ffff, Number.MAX_SAFE_INTEGER, ''), frame(2, 5, 'x')])
const expected = [
  { type: 1, session: 1, offset: 0, bytes: Buffer.from('hello') },
  { type: 1, session: 0xffff_ffff, offset: Number.MAX_SAFE_INTEGER, bytes: Buffer.alloc(0) },
  { type: 1, session: 2, offset: 5, bytes: Buffer.from('x') },
]

test('the header is 17 bytes, big-endian, as documented', () => {
  expect(encodeFrameHeader(frameType.input, 0x01020304, 0x1_0000_0002, 5).toString('hex')).toBe(
    '0401020304000000010000000200000005',
  )
  expect(encodeFrameHeader(frameType.tip, 1, 0, 0)).toHaveLength(FRAME_HEADER_BYTES)
})

test('frames come out as they went in, in one chunk or byte by byte or cut anywhere', () => {
  expect(decodeAll([stream])).toEqual(expected)
  expect(decodeAll(Array.from(stream, (byte) => Buffer.of(byte)))).toEqual(expected)
  for (let cut = 0; cut <= stream.length; cut += 1) {
    expect(decodeAll([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(expected)
  }
})

test('a frame that its header says is too long is refused before its bytes are collected', () => {
  const header = encodeFrameHeader(frameType.output, 1, 0, FRAME_MAX_BYTES + 1)
  expect(() => decodeAll([header])).toThrow(RangeError)
  expect(decodeAll([encodeFrameHeader(frameType.output, 1, 0, FRAME_MAX_BYTES)])).toEqual([])
})

test('a frame in many small chunks is not copied again for each of them', () => {
  const bytes = Buffer.concat([
    encodeFrameHeader(frameType.output, 1, 0, FRAME_MAX_BYTES),
    Buffer.alloc(FRAME_MAX_BYTES),
  ])
  const startedAt = performance.now()
  expect(decodeAll(Array.from(bytes, (byte) => Buffer.of(byte)))).toHaveLength(1)
  // Copying at every byte would move 32 GB.
  expect(performance.now() - startedAt).toBeLessThan(2000)
})
