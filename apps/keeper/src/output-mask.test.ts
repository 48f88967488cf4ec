import { createMasker, HOLD_BACK_MS } from '@sallyport/session-log/masking/masker'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BLOCK_BYTES } from './output-coalescer.ts'
import { createOutputMask, type OutputMask } from './output-mask.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const SECRET = 'ghp_0123456789'

const open = async (
  name = 'TOKEN',
  value = SECRET,
): Promise<{ mask: OutputMask; emitted: Buffer[]; text(): string }> => {
  const masker = await createMasker([{ name, value }])
  if (masker === undefined) throw new Error('nothing to mask')
  const emitted: Buffer[] = []
  const mask = createOutputMask({ masker, emit: (bytes) => emitted.push(bytes), now: () => performance.now() })
  return { mask, emitted, text: () => Buffer.concat(emitted).toString('latin1') }
}

test('output without a secret in it goes on at once, as the buffer that came', async () => {
  const { mask, emitted } = await open()
  const bytes = Buffer.from('nothing of interest')
  mask.push(bytes)
  expect(emitted[0]?.buffer).toBe(bytes.buffer)
  expect(emitted[0]).toEqual(bytes)
  expect(vi.getTimerCount()).toBe(0)
})

test('a beginning that nothing follows passes after half a second, by one timer', async () => {
  const { mask, text } = await open()
  mask.push(Buffer.from('a ghp_'))
  expect(text()).toBe('a ')
  for (const byte of '0123') {
    vi.advanceTimersByTime(HOLD_BACK_MS - 100)
    mask.push(Buffer.from(byte))
    expect(vi.getTimerCount()).toBe(1)
  }
  expect(text()).toBe('a ')
  vi.advanceTimersByTime(HOLD_BACK_MS - 1)
  expect(text()).toBe('a ')
  vi.advanceTimersByTime(1)
  expect(text()).toBe('a ghp_0123')
  expect(vi.getTimerCount()).toBe(0)
  mask.push(Buffer.from('456789!'))
  expect(text()).toBe('a ghp_0123[secret:TOKEN]!')
})

test('what waits at the end comes, and no timer stays', async () => {
  const { mask, text } = await open()
  mask.push(Buffer.from('ghp_012'))
  mask.end()
  expect(text()).toBe('ghp_012')
  expect(vi.getTimerCount()).toBe(0)
})

test('masks that are longer than what they replace come in blocks that fit into a frame', async () => {
  const { mask, emitted, text } = await open('N'.repeat(255), 'secret')
  mask.push(Buffer.from('secret.'.repeat(9000)))
  expect(Math.max(...emitted.map(({ length }) => length))).toBe(BLOCK_BYTES)
  expect(emitted.length).toBeLessThan(40)
  expect(text()).toBe(`[secret:${'N'.repeat(255)}].`.repeat(9000))
})
