import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { createGate } from './gate.ts'
import { rssMebibytes } from './process-figures.ts'
import { flood } from './programs.ts'
import type { Target } from './target.ts'
import { withResolvers } from './throughput.ts'

export interface StalledResult {
  /** Speed of the viewer that reads, in MB/s, beside the one that does not. */
  readonly megabytesPerSecond: number
  /** How much the server grew while the other one slept, MiB. */
  readonly growthMebibytes: number
  /** Seconds from waking up to having every byte. */
  readonly catchUpSeconds: number
}

const STALL_MS = 10_000
const SAMPLE_MS = 100

/**
 * V3: one of two viewers stops reading for 10 s in the middle of a flood. The server's memory is sampled from the moment of the stall.
 * @throws when either did not get exactly the bytes of the file.
 */
export const measureStalledViewer = async (
  target: Target,
  file: { path: string; bytes: number; checksum: number },
): Promise<StalledResult> => {
  const gate = createGate()
  const session = await target.run(flood(file.path, gate))
  const watch = async (onBytes: (received: number) => void) => {
    let received = 0
    let checksum = 0
    const done = withResolvers<number>()
    const viewer = await session.connect((bytes) => {
      received += bytes.byteLength
      checksum = crc32(bytes, checksum)
      onBytes(received)
      if (received < file.bytes) return
      if (received === file.bytes && checksum === file.checksum) done.resolve(performance.now())
      else done.reject(new Error(`${target.name}: ${received} of ${file.bytes} bytes, checksum ${checksum}`))
    })
    return { viewer, done: done.promise }
  }

  const stalled = withResolvers<void>()
  let isStalled = false
  const slow = await watch((received) => {
    if (isStalled || received < 1024 * 1024) return
    isStalled = true
    slow.viewer.pause()
    stalled.resolve(undefined)
  })
  const fast = await watch(() => undefined)
  await gate.reached()
  const startedAt = performance.now()
  await gate.open()
  await stalled.promise
  const before = rssMebibytes(session.pids)
  let peak = before
  const wakeAt = performance.now() + STALL_MS
  while (performance.now() < wakeAt) {
    await sleep(SAMPLE_MS)
    peak = Math.max(peak, rssMebibytes(session.pids))
  }
  const resumedAt = performance.now()
  slow.viewer.resume()
  const [slowDoneAt, fastDoneAt] = await Promise.all([slow.done, fast.done])
  slow.viewer.close()
  fast.viewer.close()
  await session.end()
  return {
    megabytesPerSecond: file.bytes / 1e6 / ((fastDoneAt - startedAt) / 1000),
    growthMebibytes: peak - before,
    catchUpSeconds: (slowDoneAt - resumedAt) / 1000,
  }
}
