import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BLOCK_BYTES, createOutputCoalescer, IMMEDIATE_BYTES, WINDOW_MS } from './output-coalescer.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const collect = () => {
  const emitted: Buffer[] = []
  const coalescer = createOutputCoalescer({ emit: (bytes) => emitted.push(bytes), now: () => performance.now() })
  return { emitted, coalescer, text: () => Buffer.concat(emitted).toString('latin1') }
}

test('an echo goes out at once', () => {
  const { emitted, coalescer } = collect()
  coalescer.push(Buffer.from('k'))
  expect(emitted.map(String)).toEqual(['k'])
})

test('what comes after the first 2 KB waits for the end of the window, and keeps its order', () => {
  const { emitted, coalescer, text } = collect()
  coalescer.push(Buffer.alloc(IMMEDIATE_BYTES, 'a'))
  coalescer.push(Buffer.from('b'))
  coalescer.push(Buffer.from('c'))
  expect(emitted).toHaveLength(1)
  vi.advanceTimersByTime(WINDOW_MS)
  expect(emitted).toHaveLength(2)
  expect(text().slice(-3)).toBe('abc')
})

test('a flood leaves in blocks of 64 KiB without waiting', () => {
  const { emitted, coalescer, text } = collect()
  const piece = Buffer.alloc(4095, 'x')
  for (let count = 0; count < 100; count += 1) coalescer.push(piece)
  expect(emitted.slice(0, -1).map(({ length }) => length)).toEqual(Array(5).fill(BLOCK_BYTES))
  vi.advanceTimersByTime(WINDOW_MS)
  expect(text()).toHaveLength(100 * 4095)
})

test('the buffer that was pushed may be used again, and what was emitted never changes', () => {
  const { coalescer, text } = collect()
  const shared = Buffer.alloc(3000, '1')
  coalescer.push(shared)
  shared.fill('2')
  coalescer.push(shared)
  shared.fill('3')
  coalescer.flush()
  expect(text()).toBe('1'.repeat(3000) + '2'.repeat(3000))
})

test('flush emits what waits, once', () => {
  const { emitted, coalescer } = collect()
  coalescer.push(Buffer.alloc(3000))
  coalescer.flush()
  coalescer.flush()
  vi.advanceTimersByTime(WINDOW_MS)
  expect(emitted).toHaveLength(1)
})
