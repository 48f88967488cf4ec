import type { LogRead } from '@sallyport/session-log/types'
import { expect, test } from 'vitest'
import { createSharedReads } from './shared-reads.ts'

const bytes = (offset: number, length: number): LogRead => ({
  kind: 'bytes',
  offset,
  bytes: Buffer.alloc(length, offset % 251),
  at: 0,
})

test('viewers in step read the disk once, while it reads and afterwards, and get the same bytes', async () => {
  const shared = createSharedReads()
  let reads = 0
  const read = async (offset: number, maxBytes: number) => {
    reads += 1
    return bytes(offset, maxBytes)
  }
  const [first, second] = await Promise.all([shared.read(64, 100, read), shared.read(64, 100, read)])
  expect(second).toBe(first)
  expect(await shared.read(64, 100, read)).toBe(first)
  expect(reads).toBe(1)
  expect(await shared.read(64, 50, read)).toEqual(bytes(64, 50))
  expect(await shared.read(65, 100, read)).toEqual(bytes(65, 100))
  expect(reads).toBe(3)
})

test('an end, a gap, an error or a short read is the answer to nobody else, not even to one who asked meanwhile', async () => {
  const transient: readonly (() => Promise<LogRead>)[] = [
    async () => ({ kind: 'end', end: 0 }),
    async () => ({ kind: 'gap', from: 0, to: 9, reason: 'paused' }),
    async () => bytes(0, 99),
    () => Promise.reject(new Error('disk')),
  ]
  for (const before of transient) {
    const shared = createSharedReads()
    const early = shared.read(0, 100, before)
    const late = shared.read(0, 100, async () => bytes(0, 100))
    await early.catch(() => undefined)
    expect(await late).toEqual(bytes(0, 100))
  }
})

test('for a viewer that is alone it keeps next to nothing, and a bounded number of reads for several', async () => {
  const shared = createSharedReads()
  let reads = 0
  const at = async (index: number): Promise<boolean> => {
    const before = reads
    await shared.read(index * 10, 10, async (offset, maxBytes) => {
      reads += 1
      return bytes(offset, maxBytes)
    })
    return reads === before
  }
  for (let index = 0; index < 100; index += 1) expect(await at(index)).toBe(false)
  expect(await at(95)).toBe(false)
  expect(await at(99)).toBe(true)
  for (let index = 100; index < 200; index += 1) for (let viewer = 0; viewer < 3; viewer += 1) await at(index)
  expect(await at(170)).toBe(true)
  expect(await at(160)).toBe(false)
})
