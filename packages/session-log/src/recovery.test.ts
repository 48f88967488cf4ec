import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, open, readFile, stat, truncate, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { rolldown } from 'rolldown'
import { expect, onTestFinished, test } from 'vitest'
import { readAll, readBytes, readGaps, temporaryDirectory, testLog } from './log-fixture.ts'
import { repairSessionLog } from './repair.ts'
import { openSessionLog } from './session-log-reader.ts'

interface WriterProcess {
  readonly child: ChildProcess
  /** The offset up to which it has flushed, after each batch. */
  readonly flushed: AsyncIterator<string>
  /** It stops where it was told to: on a slow machine it would reach the cap and drop what the test looks for. */
  allow(batches: number): void
}

/** A process of its own that writes batches of numbered lines until it is killed. */
async function startWriterProcess(directory: string): Promise<WriterProcess> {
  const source = `
    import { createSessionLogWriter } from ${JSON.stringify(join(import.meta.dirname, 'session-log-writer.ts'))}
    import { sessionLogLimits } from ${JSON.stringify(join(import.meta.dirname, 'limits.ts'))}
    const writer = await createSessionLogWriter({
      directory: process.argv[2],
      limits: { ...sessionLogLimits(0), segmentBytes: 50_000, timeMarkIntervalMs: 1 },
      clock: { now: () => Date.now() },
      onRecording: () => undefined,
      onBacklog: () => undefined,
    })
    let [allowed, written, wake] = [0, 0, () => undefined]
    process.stdin.on('data', (data) => {
      allowed += data.length
      wake()
    })
    for (let line = 0; ; line += 1) {
      writer.append(Buffer.from('line ' + line + '\\n'))
      if (line % 500 !== 499) continue
      written += 1
      while (written >= allowed) await new Promise((resolve) => { wake = resolve })
      await writer.flush()
      process.stdout.write(writer.writtenOffset + '\\n')
    }`
  const folder = await temporaryDirectory()
  const entry = join(folder, 'entry.ts')
  const file = join(folder, 'writer.mjs')
  await writeFile(entry, source)
  const bundle = await rolldown({ input: entry, platform: 'node' })
  await bundle.write({ file, format: 'esm' })
  await bundle.close()
  const child = spawn(process.execPath, [file, directory], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = createInterface({ input: child.stdout })
  return {
    child,
    flushed: lines[Symbol.asyncIterator](),
    allow: (batches) => void child.stdin.write('.'.repeat(batches)),
  }
}

function numberedLines(bytes: Buffer): void {
  const text = bytes.toString()
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const count = whole.split('\n').length - 1
  expect(whole).toBe(Array.from({ length: count }, (_line, number) => `line ${number}\n`).join(''))
}

test('kill -9 of a writer loses nothing that was flushed, a reader of another process sees it live, and a new writer goes on', async () => {
  const directory = join(await temporaryDirectory(), 'session')
  const { child, flushed, allow } = await startWriterProcess(directory)
  allow(10)
  let flushedOffset = Number((await flushed.next()).value)
  const reader = await openSessionLog(directory)
  let seen = Buffer.alloc(0)
  for (let round = 0; round < 40; round += 1) {
    allow(1)
    flushedOffset = Number((await flushed.next()).value)
    seen = Buffer.concat([seen, ...((await readAll(reader, seen.length)) as Buffer[])])
    expect(seen.length).toBeGreaterThanOrEqual(flushedOffset)
  }
  // In the middle of its work.
  allow(1000)
  await flushed.next()
  child.kill('SIGKILL')
  await once(child, 'exit')
  await reader.refresh()
  seen = Buffer.concat([seen, ...((await readAll(reader, seen.length)) as Buffer[])])
  expect(await reader.info()).toMatchObject({ start: 0, end: seen.length, complete: false, droppedIndexRecords: 0 })
  numberedLines(seen)
  await reader.close()

  const { writer } = await testLog({ directory })
  expect(writer.end).toBe(seen.length)
  writer.append(Buffer.from('after'))
  await writer.close()
  expect((await readBytes(directory)).equals(Buffer.concat([seen, Buffer.from('after')]))).toBe(true)
})

async function endedLog(): Promise<string> {
  const { directory, writer, clock } = await testLog({ limits: { segmentBytes: 1000 } })
  for (let second = 0; second < 50; second += 1) {
    writer.append(Buffer.alloc(100, second))
    await writer.flush()
    clock.at += 1000
  }
  writer.markExit({ code: 7, signal: null })
  await writer.close()
  return directory
}

test('an unfinished last record of the index is not read, and repair cuts it off', async () => {
  const directory = await endedLog()
  const whole = await readFile(join(directory, 'index'))
  await appendFile(join(directory, 'index'), whole.subarray(0, 23))
  const reader = await openSessionLog(directory)
  expect(await reader.info()).toMatchObject({ exit: { code: 7 }, droppedIndexRecords: 0 })
  await reader.close()
  expect(await repairSessionLog(directory)).toEqual({ droppedRecords: 0, rebuilt: false })
  expect((await readFile(join(directory, 'index'))).equals(whole)).toBe(true)
})

test.each([
  ['flipped', 0],
  ['inserted', 1],
  ['lost', -1],
])('bytes that are %s in the index cost the records they hit and no other', async (_how, change) => {
  const directory = await endedLog()
  const path = join(directory, 'index')
  const whole = await readFile(path)
  const at = 24 * 10 + 5
  const hit = change === 0 ? [Buffer.from([99])] : change === 1 ? [whole.subarray(at, at + 1), Buffer.from([99])] : []
  await writeFile(path, Buffer.concat([whole.subarray(0, at), ...hit, whole.subarray(at + 1)]))
  const reader = await openSessionLog(directory)
  const info = await reader.info()
  expect(info).toMatchObject({ end: 5000, complete: true, exit: { code: 7, signal: null } })
  expect(info.droppedIndexRecords).toBeGreaterThanOrEqual(1)
  expect(info.droppedIndexRecords).toBeLessThanOrEqual(2)
  expect(await reader.timeAtOffset(2000)).toBe(1_700_000_020_000)
  await reader.close()
  expect((await readBytes(directory)).length).toBe(5000)
  expect((await repairSessionLog(directory)).droppedRecords).toBe(info.droppedIndexRecords)
  expect((await stat(path)).size).toBe(whole.length - 24)
  expect(await repairSessionLog(directory)).toEqual({ droppedRecords: 0, rebuilt: false })
})

test('an index of garbage leaves every byte readable', async () => {
  const directory = await endedLog()
  await writeFile(join(directory, 'index'), Buffer.alloc(1000))
  const reader = await openSessionLog(directory)
  expect(await reader.info()).toMatchObject({ end: 5000, complete: false, timesRebuilt: true, droppedIndexRecords: 41 })
  await reader.close()
  expect((await readBytes(directory)).length).toBe(5000)
})

test('without an index, times come from the segments and every byte is there', async () => {
  const directory = await endedLog()
  await unlink(join(directory, 'index'))
  await utimes(join(directory, '0000000000002000.seg'), 1_600_000_000, 1_600_000_000)
  const reader = await openSessionLog(directory)
  expect(await reader.info()).toMatchObject({ end: 5000, complete: false, timesRebuilt: true })
  expect(await reader.timeAtOffset(2500)).toBe(1_600_000_000_000)
  await reader.close()
  expect((await readBytes(directory)).length).toBe(5000)
  expect(await repairSessionLog(directory)).toEqual({ droppedRecords: 0, rebuilt: true })
})

test('a truncated segment is a gap of its own, also under a reader that was open', async () => {
  const directory = await endedLog()
  const reader = await openSessionLog(directory)
  await truncate(join(directory, '0000000000002000.seg'), 300)
  expect(await reader.read(2300, 100)).toEqual({ kind: 'gap', from: 2300, to: 3000, reason: 'damaged' })
  await truncate(join(directory, '0000000000004000.seg'), 10)
  expect(await reader.read(4500, 100)).toEqual({ kind: 'gap', from: 4500, to: 5000, reason: 'damaged' })
  await reader.close()
  expect(await readGaps(directory)).toEqual([
    { from: 2300, to: 3000, reason: 'damaged' },
    { from: 4010, to: 5000, reason: 'damaged' },
  ])
})

test('a segment that grew beyond its range gives no foreign bytes', async () => {
  const directory = await endedLog()
  const file = await open(join(directory, '0000000000001000.seg'), 'a')
  await file.write(Buffer.alloc(500, 255))
  await file.close()
  const bytes = await readBytes(directory)
  expect(bytes.length).toBe(5000)
  expect(bytes.includes(255)).toBe(false)
})

test('an empty segment that a dead writer left is written, counted once, and dropped in its turn', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, '0000000000000000.seg'), '')
  const { writer } = await testLog({ directory, limits: { segmentBytes: 10, maxLogBytes: 30 } })
  writer.append(Buffer.alloc(30, 1))
  await writer.flush()
  expect((await readBytes(directory)).length).toBe(30)
  writer.append(Buffer.alloc(10, 2))
  await writer.close()
  expect(await readGaps(directory)).toEqual([{ from: 0, to: 10, reason: 'dropped' }])
})

test('a writer that was killed while recording was paused leaves no open cut behind its successor', async () => {
  const first = await testLog({ limits: { minFreeBytes: Number.MAX_SAFE_INTEGER } })
  first.writer.append(Buffer.from('lost'))
  await first.writer.flush()
  const { writer, directory } = await testLog({ directory: first.directory })
  writer.append(Buffer.from('kept'))
  await writer.flush()
  const reader = await openSessionLog(directory)
  expect((await reader.info()).pausedFrom).toBeUndefined()
  await reader.close()
  await writer.close()
})
