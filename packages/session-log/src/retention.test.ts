import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultMinFreeBytes, retentionLimits } from './limits.ts'
import { temporaryDirectory } from './log-fixture.ts'
import { logBytes, planRetention, removeSessionLog } from './retention.ts'

const day = 24 * 60 * 60 * 1000
const GiB = 1024 ** 3

test('thirty days after its end a log goes, not a moment before, and a live one never', () => {
  const now = 100 * day
  const sessions = [
    { id: 'live', bytes: 1 },
    { id: 'old', bytes: 1, endedAt: now - 30 * day },
    { id: 'young', bytes: 1, endedAt: now - 30 * day + 1 },
  ]
  expect(planRetention(sessions, retentionLimits, now)).toEqual(['old'])
})

test('above 10 GiB in all the longest ended go first, until the rest fits', () => {
  const sessions = [
    { id: 'live', bytes: 9 * GiB },
    { id: 'third', bytes: 1 * GiB, endedAt: 3 },
    { id: 'first', bytes: 1 * GiB, endedAt: 1 },
    { id: 'second', bytes: 1 * GiB, endedAt: 2 },
  ]
  expect(planRetention(sessions, retentionLimits, 10)).toEqual(['first', 'second'])
  expect(planRetention([{ id: 'live', bytes: 99 * GiB }], retentionLimits, 10)).toEqual([])
})

test('the guard is 5 % of a small volume and 512 MiB of a large one', () => {
  expect(defaultMinFreeBytes({ blocks: 1_000_000, bsize: 1000 })).toBe(50_000_000)
  expect(defaultMinFreeBytes({ blocks: 1_000_000_000, bsize: 4096 })).toBe(512 * 1024 * 1024)
})

test('a log is counted and removed with all its files, and a missing one is no error', async () => {
  const directory = join(await temporaryDirectory(), 'session')
  await mkdir(directory)
  await writeFile(join(directory, '0000000000000000.seg'), 'abc')
  await writeFile(join(directory, 'index'), Buffer.alloc(24))
  expect(await logBytes(directory)).toBe(27)
  await removeSessionLog(directory)
  await removeSessionLog(directory)
  expect(await logBytes(directory)).toBe(0)
})
