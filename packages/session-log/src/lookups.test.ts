import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compactRecords } from './compact-index.ts'
import type { IndexRecord } from './index-record.ts'
import { temporaryDirectory, testLog } from './log-fixture.ts'
import { openSessionLog } from './session-log-reader.ts'

async function logOf(text: string | Buffer, segmentBytes: number) {
  const { directory, writer } = await testLog({ limits: { segmentBytes } })
  writer.append(Buffer.from(text))
  await writer.close()
  return openSessionLog(directory)
}

test('the last n lines are found across segments, with and without a newline at the end', async () => {
  const text = 'one\r\ntwo\r\n\r\nfour\r\nfive'
  for (const segmentBytes of [1, 3, 7, 1000]) {
    const open = await logOf(text, segmentBytes)
    const starts = await Promise.all([0, 1, 2, 3, 4, 5, 99].map((lines) => open.offsetOfLastLines(lines)))
    expect(starts.map((start) => text.slice(start).split('\n').length)).toEqual([1, 1, 2, 3, 4, 5, 5])
    expect(starts[0]).toBe(text.length)
    await open.close()
    const closed = await logOf(`${text}\n`, segmentBytes)
    expect(await closed.offsetOfLastLines(1)).toBe(text.indexOf('five'))
    await closed.close()
  }
  const empty = await logOf('', 10)
  expect(await empty.offsetOfLastLines(3)).toBe(0)
  await empty.close()
})

test('a line of 10 MB without a newline is one line, and a jump into it gives up within its bound', async () => {
  const line = Buffer.alloc(10_000_000, 120)
  const reader = await logOf(Buffer.concat([Buffer.from('first\n'), line]), 1_000_000)
  expect(await reader.offsetOfLastLines(1)).toBe(6)
  expect(await reader.offsetOfLastLines(2)).toBe(0)
  expect(await reader.lineStartAtOrAfter(5_000_000, 65_536)).toBe(5_000_000)
  await reader.close()
})

test('a jump lands on the start of a line, on the end of a gap, or where it was', async () => {
  const reader = await logOf('one\ntwo\nthree', 5)
  const starts = await Promise.all([0, 1, 3, 4, 5, 9, 13].map((offset) => reader.lineStartAtOrAfter(offset, 100)))
  expect(starts).toEqual([0, 4, 4, 4, 8, 9, 13])
  expect(await reader.lineStartAtOrAfter(5, 2)).toBe(5)
  await reader.close()

  const directory = await temporaryDirectory()
  await mkdir(join(directory, 's'))
  await writeFile(join(directory, 's', '0000000000000000.seg'), 'abc')
  await writeFile(join(directory, 's', '0000000000000010.seg'), 'def\n')
  const holed = await openSessionLog(join(directory, 's'))
  expect(await holed.lineStartAtOrAfter(2, 100)).toBe(10)
  expect(await holed.offsetOfLastLines(1)).toBe(0)
  await holed.close()
})

test('times and sizes hold from their offset on, and --since misses nothing', async () => {
  const { directory, writer, clock } = await testLog({ limits: { segmentBytes: 10 } })
  const started = clock.at
  writer.markSize(80, 24)
  writer.append(Buffer.from('aaaa'))
  clock.at += 400
  writer.append(Buffer.from('bbbb'))
  clock.at = started + 3_600_000
  writer.markSize(500, 200)
  writer.markSize(65_535, 65_535)
  writer.append(Buffer.from('cccc'))
  await writer.close()
  const reader = await openSessionLog(directory)
  expect(await reader.timeAtOffset(0)).toBe(started)
  expect(await reader.timeAtOffset(7)).toBe(started)
  expect(await reader.timeAtOffset(8)).toBe(started + 3_600_000)
  expect(await reader.read(9, 10)).toMatchObject({ kind: 'bytes', at: started + 3_600_000 })
  expect(await reader.sizeAtOffset(7)).toEqual({ cols: 80, rows: 24 })
  expect(await reader.sizeAtOffset(8)).toEqual({ cols: 65_535, rows: 65_535 })
  expect(await reader.offsetAtTime(0)).toBe(0)
  expect(await reader.offsetAtTime(started + 400)).toBe(0)
  expect(await reader.offsetAtTime(started + 1800_000)).toBe(8)
  expect(await reader.offsetAtTime(started + 3_600_000)).toBe(8)
  expect(await reader.offsetAtTime(started + 9_000_000)).toBe(12)
  await reader.close()
})

test('a clock that is set back stops neither time marks nor --since', async () => {
  const { directory, writer, clock } = await testLog()
  for (const at of [5000, 6000, 2000, 3000, 7000]) {
    clock.at = at
    writer.append(Buffer.from('x'))
  }
  await writer.close()
  const reader = await openSessionLog(directory)
  expect(await Promise.all([0, 1, 2, 3, 4].map((offset) => reader.timeAtOffset(offset)))).toEqual([
    5000, 6000, 2000, 3000, 7000,
  ])
  expect(await reader.offsetAtTime(6500)).toBe(4)
  await reader.close()
})

test('the index stays bounded over a long life, and every time is still found', async () => {
  const { directory, writer, clock } = await testLog({ limits: { maxIndexRecords: 100 } })
  const started = clock.at
  for (let second = 0; second < 3000; second += 1) {
    writer.markSize(80 + (second % 50), 24)
    writer.append(Buffer.from('x'))
    if (second % 10 === 0) await writer.flush()
    clock.at += 1000
  }
  await writer.close()
  expect((await stat(join(directory, 'index'))).size).toBeLessThanOrEqual(24 * 125)
  const reader = await openSessionLog(directory)
  for (const second of [0, 700, 1500, 2400, 2999]) {
    const offset = await reader.offsetAtTime(started + second * 1000)
    expect(offset).toBeLessThanOrEqual(second)
  }
  expect(await reader.offsetAtTime(started + 2_999_000)).toBeGreaterThan(2900)
  expect(await reader.timeAtOffset(0)).toBe(started)
  await reader.close()
})

test('dropping segments takes their marks out of the index and leaves what holds for the first byte', async () => {
  const { directory, writer, clock } = await testLog({ limits: { segmentBytes: 10, maxLogBytes: 50 } })
  writer.markSize(132, 43)
  const started = clock.at
  for (let second = 0; second < 500; second += 1) {
    writer.append(Buffer.from('xxxxx'))
    await writer.flush()
    clock.at += 1000
  }
  const reader = await openSessionLog(directory)
  const { start, end } = await reader.info()
  expect(end - start).toBeLessThanOrEqual(50)
  expect((await stat(join(directory, 'index'))).size).toBeLessThanOrEqual(24 * 20)
  expect(await reader.sizeAtOffset(start)).toEqual({ cols: 132, rows: 43 })
  expect(await reader.timeAtOffset(start)).toBe(started + (start / 5) * 1000)
  expect(await reader.offsetAtTime(0)).toBe(start)
  await writer.close()
  expect(await reader.info()).toMatchObject({ complete: true })
  await reader.close()
})

test('compaction keeps cuts, the exit and the end, and the newest word about each', () => {
  const records: IndexRecord[] = [
    { type: 'time', offset: 0, atMs: 1000 },
    { type: 'cut', offset: 5, toOffset: 8 },
    { type: 'cut', offset: 20, toOffset: Number.POSITIVE_INFINITY },
    { type: 'cut', offset: 20, toOffset: 30 },
    { type: 'exit', offset: 40, exit: { code: 1, signal: null } },
    { type: 'end', offset: 40, atMs: 9000 },
  ]
  expect(compactRecords(records, { startOffset: 10, maxRecords: 100, timeMarkIntervalMs: 1000 })).toEqual([
    records[0],
    ...records.slice(3),
  ])
})
