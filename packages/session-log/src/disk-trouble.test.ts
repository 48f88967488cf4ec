import { execFileSync } from 'node:child_process'
import { rename, rm, stat, statfs, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readBytes, readGaps, temporaryDirectory, testLog } from './log-fixture.ts'
import { openSessionLog } from './session-log-reader.ts'

const isRoot = process.platform === 'linux' && process.getuid?.() === 0

test('below the guard nothing is recorded, live bytes stay in the tail, and the log says paused', async () => {
  const { directory, writer, recordings, backlogs } = await testLog({
    limits: { minFreeBytes: Number.MAX_SAFE_INTEGER, backlogHighBytes: 10 },
  })
  writer.append(Buffer.from('shown, not stored'))
  await writer.flush()
  expect(recordings).toEqual([
    { recording: false, reason: 'min_free', message: expect.stringContaining('log.min_free_bytes') },
  ])
  expect(backlogs).toEqual([true, false])
  expect(writer.append(Buffer.from(' and more'))).toBe(26)
  expect(writer.tail.readFrom(0, 100)?.toString()).toBe('shown, not stored and more')
  const reader = await openSessionLog(directory)
  expect(await reader.info()).toMatchObject({ pausedFrom: 0, complete: false, recordedBytes: 0 })
  writer.markExit({ code: 0, signal: null })
  await writer.close()
  expect(await reader.info()).toMatchObject({ start: 26, end: 26, complete: true, exit: { code: 0, signal: null } })
  expect(await reader.read(4, 10)).toEqual({ kind: 'gap', from: 4, to: 26, reason: 'paused' })
  await reader.close()
})

test('while space is short an attempt to resume is made at most once per interval', async () => {
  const limits = { minFreeBytes: Number.MAX_SAFE_INTEGER, resumeIntervalMs: 1000 }
  const { directory, writer, clock } = await testLog({ limits })
  writer.append(Buffer.from('lost'))
  await writer.flush()
  clock.at += 999
  writer.append(Buffer.from(' not tried'))
  expect(writer.backlogBytes).toBe(0)
  clock.at += 1
  writer.append(Buffer.from(' tried'))
  expect(writer.backlogBytes).toBe(6)
  await writer.close()
  expect(await readGaps(directory)).toEqual([{ from: 0, to: 20, reason: 'paused' }])
})

test('a disk that stays full for a day does not make the index grow', async () => {
  const { directory, writer, clock } = await testLog({ limits: { minFreeBytes: Number.MAX_SAFE_INTEGER } })
  for (let attempt = 0; attempt < 100; attempt += 1) {
    clock.at += 1000
    writer.markSize(80 + attempt, 24)
    writer.append(Buffer.from('x'))
    await writer.flush()
  }
  await writer.close()
  // First size and time, the open cut, the closed one, the end.
  expect((await stat(join(directory, 'index'))).size).toBeLessThanOrEqual(24 * 5)
})

test('a directory that is removed pauses recording with a sentence; brought back, recording goes on', async () => {
  const { directory, writer, clock, recordings } = await testLog()
  writer.append(Buffer.from('before '))
  writer.markSize(80, 24)
  await writer.flush()
  await rename(directory, `${directory}-away`)
  clock.at += 1000
  writer.append(Buffer.from('lost '))
  await writer.flush()
  expect(recordings).toEqual([{ recording: false, reason: 'error', message: expect.stringContaining('was removed') }])
  clock.at += 1000
  writer.append(Buffer.from('lost too '))
  await writer.flush()
  writer.markSize(100, 30)
  expect(recordings).toHaveLength(1)
  await rename(`${directory}-away`, directory)
  clock.at += 1000
  writer.append(Buffer.from('after'))
  await writer.flush()
  expect(recordings).toEqual([recordings[0], { recording: true }])
  await writer.close()
  expect((await readBytes(directory)).toString()).toBe('before after')
  expect(await readGaps(directory)).toEqual([{ from: 7, to: 21, reason: 'paused' }])
  const reader = await openSessionLog(directory)
  expect(await reader.sizeAtOffset(22)).toEqual({ cols: 100, rows: 30 })
  expect((await reader.info()).pausedFrom).toBeUndefined()
  await reader.close()
})

test('a directory that stays away does not keep the writer from closing', async () => {
  const { directory, writer, clock } = await testLog()
  writer.append(Buffer.from('x'))
  await writer.flush()
  await rm(directory, { recursive: true })
  clock.at += 1000
  writer.append(Buffer.from('y'))
  writer.markExit({ code: 1, signal: null })
  await expect(writer.close()).resolves.toBeUndefined()
  await expect(openSessionLog(directory)).rejects.toThrow(/was it removed/)
})

test('a segment that is deleted under the writer pauses recording instead of writing where nobody reads', async () => {
  const { directory, writer, clock, recordings } = await testLog()
  writer.append(Buffer.from('x'))
  await writer.flush()
  await unlink(join(directory, '0000000000000000.seg'))
  clock.at += 1000
  writer.append(Buffer.from('y'))
  await writer.flush()
  expect(recordings).toMatchObject([{ recording: false, reason: 'error' }])
  clock.at += 1000
  writer.append(Buffer.from('z'))
  await writer.close()
  expect((await readBytes(directory)).toString()).toBe('z')
})

describe.runIf(isRoot)('on a volume of 1 MiB', () => {
  async function smallVolume(): Promise<string> {
    const mountPoint = await temporaryDirectory()
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mountPoint])
    onTestFinished(() => {
      execFileSync('/bin/umount', ['-l', mountPoint])
    })
    return mountPoint
  }

  test('write() until it fails: every byte that the disk took is read back, and recording goes on after space is freed', async () => {
    const volume = await smallVolume()
    // Odd sizes, so that the last write is a partial one.
    const ballast = join(volume, 'ballast')
    await writeFile(ballast, Buffer.alloc(300_001))
    const directory = join(volume, 'session')
    const { writer, clock, recordings } = await testLog({ directory, limits: { resumeMarginBytes: 100_000 } })
    const whole = Buffer.from(Array.from({ length: 1_500_000 }, (_byte, position) => (position * 7) % 253))
    for (let at = 0; at < 1_000_000; at += 50_003) {
      writer.append(Buffer.from(whole.subarray(at, Math.min(at + 50_003, 1_000_000))))
      await writer.flush()
    }
    expect(recordings).toEqual([{ recording: false, reason: 'enospc', message: expect.stringContaining('no space') }])
    expect(writer.backlogBytes).toBe(0)
    const cutFrom = writer.writtenOffset
    expect(cutFrom).toBeGreaterThan(600_000)
    expect(cutFrom % 50_003).not.toBe(0)

    clock.at += 1000
    writer.append(Buffer.from(whole.subarray(1_000_000, 1_100_000)))
    await writer.flush()
    expect(recordings).toMatchObject([{ reason: 'enospc' }, { reason: 'min_free' }])

    await unlink(ballast)
    clock.at += 1000
    writer.append(Buffer.from(whole.subarray(1_100_000, 1_200_000)))
    await writer.flush()
    expect(recordings.at(-1)).toEqual({ recording: true })
    writer.markExit({ code: 0, signal: null })
    await writer.close()

    const kept = Buffer.concat([whole.subarray(0, cutFrom), whole.subarray(1_100_000, 1_200_000)])
    expect((await readBytes(directory)).equals(kept)).toBe(true)
    expect(await readGaps(directory)).toEqual([{ from: cutFrom, to: 1_100_000, reason: 'paused' }])
    expect(writer.tail.readFrom(1_000_000, 5)?.equals(whole.subarray(1_000_000, 1_000_005))).toBe(true)
  })

  test('the guard keeps its bytes free', async () => {
    const volume = await smallVolume()
    const limits = { minFreeBytes: 400_000, freeCheckBytes: 50_000 }
    const { writer, recordings } = await testLog({ directory: join(volume, 'session'), limits })
    for (let count = 0; count < 200; count += 1) {
      writer.append(Buffer.alloc(10_000, 1))
      await writer.flush()
    }
    expect(recordings).toMatchObject([{ recording: false, reason: 'min_free' }])
    const { bavail, bsize } = await statfs(volume)
    expect(bavail * bsize).toBeGreaterThan(400_000 - 50_000 - 20_000)
    await writer.close()
  })
})
