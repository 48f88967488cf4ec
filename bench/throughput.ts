import { crc32 } from 'node:zlib'
import { createGate } from './gate.ts'
import { cpuSeconds } from './process-figures.ts'
import { flood } from './programs.ts'
import type { Target } from './target.ts'

export interface ThroughputResult {
  /** Sum over the viewers, MB (10^6 bytes) per second, until the last viewer has the last byte. */
  readonly megabytesPerSecond: number
  readonly serverCpuSeconds: number
}

/**
 * A program floods one session while `viewers` watch.
 * @throws when a viewer did not get exactly the bytes of the file, in order (by CRC-32 over the whole).
 */
export const measureThroughput = async (
  target: Target,
  file: { path: string; bytes: number; checksum: number },
  viewers: number,
): Promise<ThroughputResult> => {
  const gate = createGate()
  const session = await target.run(flood(file.path, gate))
  const done: Promise<void>[] = []
  const connections = []
  for (let index = 0; index < viewers; index += 1) {
    let received = 0
    let checksum = 0
    const { promise, resolve, reject } = withResolvers<void>()
    done.push(promise)
    connections.push(
      await session.connect((bytes) => {
        received += bytes.byteLength
        checksum = crc32(bytes, checksum)
        if (received < file.bytes) return
        if (received === file.bytes && checksum === file.checksum) resolve()
        else
          reject(
            new Error(`${target.name}: viewer ${index} got ${received} of ${file.bytes} bytes, checksum ${checksum}`),
          )
      }),
    )
  }
  await gate.reached()
  const cpuBefore = cpuSeconds(session.pids)
  const startedAt = performance.now()
  await gate.open()
  await Promise.all(done)
  const seconds = (performance.now() - startedAt) / 1000
  const serverCpuSeconds = cpuSeconds(session.pids) - cpuBefore
  for (const connection of connections) connection.close()
  await session.end()
  return { megabytesPerSecond: (file.bytes * viewers) / 1e6 / seconds, serverCpuSeconds }
}

/** `Promise.withResolvers` is not in Node 20. */
export const withResolvers = <T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: Error) => void
} => {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
