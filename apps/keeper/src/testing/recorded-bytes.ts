import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** All that the log of a session holds: segments are raw bytes, and their names sort as their offsets do (SPEC O1). */
export const recordedBytes = async (dataDir: string, sessionId: string): Promise<Buffer> => {
  const directory = join(dataDir, 'logs', sessionId)
  const segments = (await readdir(directory)).filter((name) => name.endsWith('.seg')).sort()
  return Buffer.concat(await Promise.all(segments.map((name) => readFile(join(directory, name)))))
}
