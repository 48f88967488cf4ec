import { readdir, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { maxOpenSegments } from './limits.ts'
import { readAll, readBytes, readGaps, temporaryDirectory, testLog } from './log-fixture.ts'
import { openSessionLog } from './session-log-reader.ts'
import { SessionLogError } from './types.ts'

test('any appends, read at any offset in any size, are the same bytes across all segment borders', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 700, size: 'max' }), { maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(chunks, fc.integer({ min: 1, max: 90 }), fc.nat(), async (pieces, maxBytes, seed) => {
      const { directory, writer } = await testLog({ limits: { segmentBytes: 257 } })
      for (const [position, piece] of pieces.entries()) {
        writer.append(Buffer.from(piece))
        if (position % 3 === 0) await writer.flush()
      }
      await writer.close()
      const whole = Buffer.concat(pieces)
      const offset = seed % (whole.length + 1)
      const reader = await openSessionLog(directory)
      const read = (await readAll(reader, offset, maxBytes)) as Buffer[]
      await reader.close()
      expect(Buffer.concat(read).equals(whole.subarray(offset))).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('a reader that was opened first sees what a live writer has on disk, and the end of the log', async () => {
  const { directory, writer } = await testLog({ limits: { segmentBytes: 100 } })
  const reader = await openSessionLog(directory)
  expect(await reader.read(0, 10)).toEqual({ kind: 'end', end: 0 })
  let expected = ''
  for (let line = 0; line < 50; line += 1) {
    const offset = writer.append(Buffer.from(`line ${line}\n`))
    expected += `line ${line}\n`
    await writer.flush()
    expect(writer.writtenOffset).toBe(offset)
    const read = await reader.read(offset - 2, 10)
    expect(read.kind === 'bytes' && read.bytes.toString()).toBe(expected.slice(-2))
  }
  expect(await reader.info()).toMatchObject({ complete: false, end: expected.length })
  writer.markExit({ code: 3, signal: null })
  await writer.close()
  expect(await reader.info()).toMatchObject({ complete: true, end: expected.length, exit: { code: 3, signal: null } })
  expect(Buffer.concat((await readAll(reader)) as Buffer[]).toString()).toBe(expected)
  await reader.close()
})

test.each([
  { code: 0, signal: null },
  { code: 255, signal: null },
  { code: null, signal: 'SIGTERM' },
  { code: null, signal: 'SIG37' },
  { code: null, signal: null },
])('an end by %j is read back as it was', async (exit) => {
  const { directory, writer } = await testLog()
  writer.markExit(exit)
  await writer.close()
  const reader = await openSessionLog(directory)
  expect(await reader.info()).toEqual({
    start: 0,
    end: 0,
    complete: true,
    recordedBytes: 0,
    droppedIndexRecords: 0,
    timesRebuilt: false,
    exit,
  })
  await reader.close()
})

test('files and directory are for the owner only', async () => {
  const { directory, writer } = await testLog()
  writer.append(Buffer.from('secret'))
  await writer.close()
  expect((await stat(directory)).mode & 0o777).toBe(0o700)
  for (const name of await readdir(directory)) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
})

test('above the cap the oldest segments go, and a reader that was open is told so', async () => {
  const { directory, writer } = await testLog({ limits: { segmentBytes: 1000, maxLogBytes: 5000 } })
  const reader = await openSessionLog(directory)
  const whole = Buffer.from(Array.from({ length: 12_500 }, (_byte, position) => position % 251))
  for (let at = 0; at < whole.length; at += 500) {
    writer.append(Buffer.from(whole.subarray(at, at + 500)))
    await writer.flush()
    if (at === 500) expect((await reader.read(0, 10)).kind).toBe('bytes')
  }
  await writer.close()
  const info = await reader.info()
  expect(info.recordedBytes).toBeLessThanOrEqual(5000)
  expect(info).toMatchObject({ start: 8000, end: 12_500 })
  await reader.refresh()
  expect(await reader.read(3, 10)).toEqual({ kind: 'gap', from: 3, to: 8000, reason: 'dropped' })
  await reader.close()
  expect((await readBytes(directory)).equals(whole.subarray(8000))).toBe(true)
})

test('many short segments are bounded in number', async () => {
  const { directory, writer } = await testLog({ limits: { segmentBytes: 10, maxSegments: 8 } })
  writer.append(Buffer.alloc(1000, 65))
  await writer.close()
  const names = await readdir(directory)
  expect(names.filter((name) => name.endsWith('.seg'))).toHaveLength(8)
  expect(await readGaps(directory)).toEqual([{ from: 0, to: 920, reason: 'dropped' }])
})

test('the terminal is held back above the high watermark and let go below the low one', async () => {
  const { writer, backlogs } = await testLog({ limits: { backlogHighBytes: 3000, backlogLowBytes: 1000 } })
  writer.append(Buffer.alloc(2999))
  expect(backlogs).toEqual([])
  writer.append(Buffer.alloc(1))
  expect(backlogs).toEqual([true])
  expect(writer.backlogBytes).toBe(3000)
  await writer.flush()
  expect(backlogs).toEqual([true, false])
  expect(writer.backlogBytes).toBe(0)
  await writer.close()
})

test('a log that is complete cannot be written again, and a path that is a file is refused with a sentence', async () => {
  const { directory, writer } = await testLog()
  await writer.close()
  await expect(testLog({ directory })).rejects.toThrow(/complete/)
  const file = join(await temporaryDirectory(), 'file')
  await writeFile(file, '')
  await expect(testLog({ directory: file })).rejects.toBeInstanceOf(SessionLogError)
  await expect(openSessionLog(join(file, 'none'))).rejects.toBeInstanceOf(SessionLogError)
  await expect(openSessionLog(`${file}-none`)).rejects.toThrow(/was it removed/)
})

test.runIf(process.platform === 'linux')(
  'many cursors at once share a few descriptors, and closing leaves none',
  async () => {
    const { directory, writer } = await testLog({ limits: { segmentBytes: 100 } })
    const whole = Buffer.from(Array.from({ length: 4000 }, (_byte, position) => position % 256))
    writer.append(whole)
    await writer.close()
    const reader = await openSessionLog(directory)
    const cursors = Array.from({ length: 200 }, (_cursor, position) => position * 20)
    const reads = await Promise.all(cursors.map((offset) => reader.read(offset, 20)))
    for (const read of reads) {
      expect(read.kind === 'bytes' && read.bytes.equals(whole.subarray(read.offset, read.offset + 20))).toBe(true)
    }
    await vi.waitFor(async () => expect(await openFilesIn(directory)).toBeLessThanOrEqual(maxOpenSegments))
    expect(await openFilesIn(directory)).toBeGreaterThan(0)
    await reader.close()
    await vi.waitFor(async () => expect(await openFilesIn(directory)).toBe(0))
  },
)

async function openFilesIn(directory: string): Promise<number> {
  const fds = await readdir('/proc/self/fd')
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => 'closed meanwhile')))
  return targets.filter((target) => target.startsWith(directory)).length
}
